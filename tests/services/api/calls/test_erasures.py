"""Erasing through the API: by those who may, noted, and again when something comes back."""

import asyncio
from pathlib import Path

import pytest

from diktor.recordings import Recordings
from diktor.wire.accounts import Role
from services.api.calls.ledger import erase_again
from tests.support.api import Api, running_api
from tests.support.calls import call, record, store, wav
from tests.support.postgres import Postgres

CALLS, ERASURES = "/api/v1/calls", "/api/v1/erasures"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Both: the ledger is there."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'diktor.sqlite'}"
    server: Postgres = request.getfixturevalue("postgres_server")
    return server.database()


async def test_a_call_is_erased_and_stays_away(api: Api, tmp_path: Path) -> None:
    await store(api.settings, call("call-1"), call("call-2"))
    record(api.settings, tmp_path, "call-1", wav(1))
    other = await api.user(Role.supervisor, teams=("south",))
    supervisor, admin = await api.user(Role.supervisor, teams=("north",)), await api.user(Role.admin)
    assert (await other.delete(f"{CALLS}/call-1")).status_code == 404
    assert (await (await api.user(Role.operator, operator_id="op")).delete(f"{CALLS}/call-1")).status_code == 403
    assert (await supervisor.delete(f"{CALLS}/call-1")).status_code == 204
    assert (await supervisor.delete(f"{CALLS}/call-1")).status_code == 404
    assert list(Recordings(api.settings.recordings_url)) == []
    await store(api.settings, call("call-1"))
    record(api.settings, tmp_path, "call-1", wav(1))
    assert await api.app.state.ledger.again(thorough=False) == 1
    assert (await supervisor.get(f"{CALLS}/call-1")).status_code == 404
    assert (await supervisor.get(f"{CALLS}/call-2")).status_code == 200
    assert list(Recordings(api.settings.recordings_url)) == []
    audit = (await admin.get("/api/v1/audit", params={"action": "calls.erase"})).json()["items"]
    assert [entry["subject"] for entry in audit] == ["call-1"]


async def test_an_operator_is_erased_also_what_is_not_scored_yet(api: Api, tmp_path: Path) -> None:
    await store(api.settings, call("call-1"), call("call-2", operator="other"))
    record(api.settings, tmp_path, "call-3", wav(3))
    admin = await api.user(Role.admin)
    made = await admin.post(ERASURES, json={"operator_id": "op"})
    assert (made.status_code, made.json()["calls"]) == (202, 2), made.text
    assert made.json()["applied_at"] is not None
    assert [item["call_id"] for item in (await admin.get(CALLS)).json()["items"]] == ["call-2"]
    assert list(Recordings(api.settings.recordings_url)) == []
    await store(api.settings, call("call-3", operator="unknown"))  # its events come after all, without who spoke
    assert await api.app.state.ledger.again(thorough=False) == 1
    assert (await admin.get(f"{ERASURES}/{made.json()['erasure_id']}")).json()["kind"] == "operator"
    assert (await admin.post(ERASURES, json={"operator_id": "op", "caller_id": "x"})).status_code == 422
    assert (await admin.post(ERASURES, json={})).status_code == 422
    supervisor = await api.user(Role.supervisor, teams=("north",))
    assert (await supervisor.post(ERASURES, json={"operator_id": "op"})).status_code == 403


async def test_an_erasure_waits_for_clickhouse(api: Api) -> None:
    await store(api.settings, call("call-1", source="sip:1"))
    away = api.settings.model_copy(update={"clickhouse": "http://default@127.0.0.1:9/diktor"})
    async with running_api(away) as without:
        admin = await without.user(Role.admin, "first")
        made = await admin.post(ERASURES, json={"caller_id": "sip:1"})
        assert (made.status_code, made.json()["applied_at"]) == (202, None)
        refused = await admin.delete(f"{CALLS}/call-1")
        assert (refused.status_code, "Retry-After" in refused.headers) == (503, True)
    assert await asyncio.to_thread(erase_again, api.settings) == 1
    admin = await api.user(Role.admin)
    assert (await admin.get(f"{ERASURES}/{made.json()['erasure_id']}")).json()["calls"] == 1
