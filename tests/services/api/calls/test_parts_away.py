"""Parts away one by one: what does not need them is served, the rest says when to come again."""

from pathlib import Path

from diktor.settings import Settings
from diktor.wire.accounts import Role
from tests.services.api.calls.test_uploads import send
from tests.support.api import AWAY, Api, running_api
from tests.support.calls import call, record, store, wav

NEEDS_CLICKHOUSE = ("calls", "calls/call-1", "calls/call-1/audio", "calls/export", "calls/reviews", "stats/totals")


async def test_without_clickhouse_recordings_are_taken_and_the_rest_waits(api: Api) -> None:
    async with running_api(api.settings.model_copy(update={"clickhouse": AWAY["clickhouse"]})) as without:
        admin = await without.user(Role.admin)
        sent = await send(admin, ("one.wav", wav(1)))
        assert sent.status_code == 202
        assert (await admin.get(f"/api/v1/calls/batches/{sent.json()['batch_id']}")).status_code == 200
        assert (await admin.get("/api/v1/erasures")).status_code == 200
        for path in NEEDS_CLICKHOUSE:
            answer = await admin.get(f"/api/v1/{path}")
            assert (answer.status_code, "Retry-After" in answer.headers) == (503, True), path
            assert "ClickHouse" in answer.json()["detail"]


async def test_without_triton_kafka_and_ingest_calls_are_looked_at(api: Api, tmp_path: Path) -> None:
    await store(api.settings, call("call-1"))
    record(api.settings, tmp_path, "call-1", wav(1))
    admin = await api.user(Role.admin)
    for path in (*NEEDS_CLICKHOUSE, "calls/call-1/waveform", "stats/overview"):
        assert (await admin.get(f"/api/v1/{path}")).status_code == 200, path
    assert (await admin.delete("/api/v1/calls/call-1")).status_code == 204


async def test_without_sql_everything_says_when_to_come_again(api: Api) -> None:
    admin = await api.user(Role.admin)
    away = {**api.settings.model_dump(), "sql": "postgresql+asyncpg://nobody@127.0.0.1:9/none"}
    async with running_api(Settings.load(**away)) as without:
        client = await without.client(admin.headers["Authorization"].removeprefix("Bearer "))
        for path in ("calls", "stats/totals", "calls/batches"):
            answer = await client.get(f"/api/v1/{path}")
            assert (answer.status_code, "Retry-After" in answer.headers) == (503, True), path
        assert (await client.get("/health/live")).status_code == 200
