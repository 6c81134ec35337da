"""The application itself: migrations, health, problems, the description."""

import httpx
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from diktor.wire.accounts import Role
from services.api.sql import Base
from tests.support.api import Api


async def test_migrations_make_the_tables_that_the_code_expects(api: Api) -> None:
    def difference(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    async with api.app.state.database.engine.connect() as connection:
        assert await connection.run_sync(difference) == []


async def test_readiness_names_what_is_down_and_serves_what_it_can(api: Api) -> None:
    client = await api.client()
    answer = await client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert set(answer.json()["down"]) == {"clickhouse", "triton", "ingest", "kafka"}
    assert (await client.get("/health/live")).json() == {"status": "ok"}


async def test_errors_are_problem_documents_that_say_what_to_do(api: Api, admin: httpx.AsyncClient) -> None:
    anonymous = await api.client()
    answers = [
        (404, await anonymous.get("/nowhere")),
        (405, await anonymous.delete("/api/v1/accounts/log-in")),
        (401, await anonymous.get("/api/v1/accounts/me")),
        (400, await admin.post("/api/v1/teams", content=b"{", headers={"Content-Type": "application/json"})),
        (422, await admin.post("/api/v1/teams", json={})),
        (404, await admin.get("/api/v1/users/nobody")),
        (403, await (await api.user(Role.operator)).get("/api/v1/users")),
    ]
    for status, answer in answers:
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
        assert problem["remedy"]
        assert answer.headers["X-Request-ID"]


async def test_the_documentation_needs_nothing_from_elsewhere(api: Api) -> None:
    client = await api.client()
    page = (await client.get("/api/docs")).text
    assert "https://" not in page.replace("https://swagger.io", "")
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "swagger-ui-standalone-preset.js", "favicon-32x32.png"):
        assert f"/api/docs/files/{name}" in page
        assert (await client.get(f"/api/docs/files/{name}")).status_code == 200


async def test_every_operation_is_named_and_documents_its_problems(api: Api) -> None:
    description = (await (await api.client()).get("/api/docs/openapi.json")).json()
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            assert "_" in operation["operationId"], (path, method)
            assert operation["summary"], (path, method)
            assert "application/problem+json" in operation["responses"]["503"]["content"]
    table = description["paths"]["/api/v1/calls/export"]["get"]["responses"]["200"]["content"]
    assert set(table) == {"text/csv", "application/vnd.apache.parquet"}
