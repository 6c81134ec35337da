"""The database away, or failing: what can be answered is, and nothing is said to be done that was not."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.errors import SettingsError
from diktor.settings import Settings
from diktor.wire.accounts import Role
from services.api.accounts.tables import LoginFailureRow, SessionRow
from services.api.app import application
from services.api.operations.tidy import tidy
from services.api.sql import now
from tests.support.api import AWAY, PASSWORD, SECRET, Api, running_api
from tests.support.postgres import Postgres

LOG_IN = {"login": "anna", "password": PASSWORD}


async def test_without_its_database_the_service_lives_and_says_503(tmp_path: Path) -> None:
    away = "postgresql+asyncpg://diktor@127.0.0.1:9/diktor"
    async with running_api(Settings.load(home=tmp_path, sql=away, api_secret=SECRET, **AWAY)) as api:
        client = await api.client()
        assert (await client.get("/health/live")).status_code == 200
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "away")
        assert "sql" in ready.json()["down"]
        for token in ("", "dks_a_b"):
            client = await api.client(token)
            answer = await client.post("/api/v1/accounts/log-in", json=LOG_IN)
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert "DIKTOR_SQL" in answer.json()["remedy"]
            for page in ("/api/docs", "/api/docs/openapi.json", "/metrics"):
                assert (await client.get(page)).status_code == 200, page


async def test_a_database_that_refuses_connections_is_away(postgres_server: Postgres, tmp_path: Path) -> None:
    """As one that is starting does, or is full."""
    refusing = f"{postgres_server.database()}_not"
    async with running_api(Settings.load(home=tmp_path, sql=refusing, api_secret=SECRET, **AWAY)) as api:
        for _ in range(2):
            answer = await (await api.client("dks_a_b")).get("/api/v1/calls")
            assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


async def test_what_could_not_be_committed_is_not_answered_as_done(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await api.user(Role.admin)
    with monkeypatch.context() as patch:

        async def failing(self: AsyncSession) -> None:
            raise OperationalError("COMMIT", {}, OSError("gone"))

        patch.setattr(AsyncSession, "commit", failing)
        answer = await admin.post("/api/v1/teams", json={"id": "north"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert (await admin.get("/api/v1/teams")).json()["items"] == []


async def test_what_is_over_is_not_kept(api: Api) -> None:
    await api.user(Role.operator, "anna")
    client = await api.client()
    await client.post("/api/v1/accounts/log-in", json={**LOG_IN, "password": "wrong"})
    async with api.app.state.database.sessions() as session:
        await tidy(session)
        assert len((await session.scalars(select(SessionRow))).all()) == 1
        assert (await session.scalars(select(LoginFailureRow))).first() is not None
        for row in (await session.scalars(select(SessionRow))).all():
            row.revoked_at = now().replace(year=2020)
        for failure in (await session.scalars(select(LoginFailureRow))).all():
            failure.last_at = now().replace(year=2020)
        await session.flush()
        await tidy(session)
        session.expire_all()
        assert (await session.scalars(select(SessionRow))).all() == []
        assert (await session.scalars(select(LoginFailureRow))).all() == []


def test_there_is_no_default_secret(tmp_path: Path) -> None:
    for secret in ("", "short"):
        with pytest.raises(SettingsError, match="DIKTOR_API_SECRET"):
            application(Settings.load(home=tmp_path, api_secret=secret))


async def test_cookies_are_secure_beyond_loopback(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, api_secret=SECRET, api="https://diktor.example", **AWAY)
    async with running_api(settings) as api:
        await api.user(Role.operator, "anna")
        answer = await (await api.client()).post("/api/v1/accounts/log-in", json=LOG_IN)
        assert all("Secure" in line for line in answer.headers.get_list("set-cookie"))
