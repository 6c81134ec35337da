"""What administrators do: users, teams, service tokens; and what the audit log has of it."""

import httpx
import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from diktor.wire.accounts import Role, Scope
from services.api.accounts.tables import UserRow
from services.api.operations.tables import AuditRow
from tests.support.api import PASSWORD, Api

USERS, TEAMS, TOKENS, AUDIT = "/api/v1/users", "/api/v1/teams", "/api/v1/tokens", "/api/v1/audit"
ME = "/api/v1/accounts/me"


async def test_a_user_is_made_with_a_password_that_is_shown_once_and_logs_in(
    api: Api, admin: httpx.AsyncClient
) -> None:
    await admin.post(TEAMS, json={"id": "north", "title": "Север"})
    new = {"login": "Boris", "role": "supervisor", "name": "Борис", "teams": ["north"]}
    made = await admin.post(USERS, json=new)
    assert made.status_code == 201
    user, password = made.json()["user"], made.json()["password"]
    assert (user["login"], user["teams"]) == ("boris", ["north"])
    assert "password" not in (await admin.get(f"{USERS}/{user['id']}")).text
    client = await api.client()
    assert (await client.post("/api/v1/accounts/log-in", json={"login": "boris", "password": password})).is_success
    assert (await admin.post(USERS, json=new)).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"password": "short"}, "password"),
        ({"password": "carla and more of it"}, "login"),
        ({"teams": ["nowhere"]}, "nowhere"),
        ({"role": "king"}, "role"),
        ({"login": "two words"}, "login"),
    ],
)
async def test_a_user_who_cannot_be_is_refused_by_reason(
    admin: httpx.AsyncClient, wrong: dict[str, object], named: str
) -> None:
    answer = await admin.post(USERS, json={"login": "carla", "role": "operator", **wrong})
    assert answer.status_code == 422
    assert named in answer.text
    assert (await admin.get(USERS, params={"search": "carla"})).json()["items"] == []


async def test_users_are_listed_by_filter_and_page(api: Api, admin: httpx.AsyncClient) -> None:
    for n in range(5):
        await api.user(Role.operator, f"op-{n}", teams=("north",) if n < 3 else (), operator_id=f"phone-{n}")
    seen, cursor = [], None
    while True:
        params = {"role": "operator", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await admin.get(USERS, params=params)).json()
        seen += [user["login"] for user in page["items"]]
        if (cursor := page["next"]) is None:
            break
        await api.user(Role.operator)  # somebody new moves nothing
    assert seen == [f"op-{n}" for n in (4, 3, 2, 1, 0)]
    assert len((await admin.get(USERS, params={"team": "north"})).json()["items"]) == 3
    assert [u["login"] for u in (await admin.get(USERS, params={"search": "PHONE-4"})).json()["items"]] == ["op-4"]
    assert (await admin.get(USERS, params={"search": "%"})).json()["items"] == []


async def test_roles_and_deactivation_count_at_once(api: Api, admin: httpx.AsyncClient) -> None:
    client = await api.user(Role.operator, "dora")
    path = f"{USERS}/{client.headers['X-User']}"
    assert (await client.get(USERS)).status_code == 403
    assert (await admin.patch(path, json={"role": "admin"})).status_code == 200
    assert (await client.get(USERS)).status_code == 200
    assert (await admin.patch(path, json={"active": False})).status_code == 200
    assert (await client.get(ME)).status_code == 401
    log_in = {"login": "dora", "password": PASSWORD}
    assert (await (await api.client()).post("/api/v1/accounts/log-in", json=log_in)).status_code == 401
    await admin.patch(path, json={"active": True})
    assert (await client.get(ME)).status_code == 401, "what was ended stays so"


async def test_a_new_password_ends_what_the_old_one_began(api: Api, admin: httpx.AsyncClient) -> None:
    client = await api.user(Role.operator, "emil")
    answer = await admin.post(f"{USERS}/{client.headers['X-User']}/password", json={})
    assert answer.status_code == 200
    assert (await client.get(ME)).status_code == 401
    log_in = {"login": "emil", "password": answer.json()["password"]}
    assert (await (await api.client()).post("/api/v1/accounts/log-in", json=log_in)).status_code == 200


async def test_the_last_administrator_stays_one(admin: httpx.AsyncClient) -> None:
    path = f"{USERS}/{admin.headers['X-User']}"
    for change in ({"role": "operator"}, {"active": False}):
        assert (await admin.patch(path, json=change)).status_code == 409
    assert (await admin.get(path)).json()["role"] == "admin"


async def test_a_team_is_made_changed_and_left(api: Api, admin: httpx.AsyncClient) -> None:
    assert (await admin.post(TEAMS, json={"id": "south"})).status_code == 201
    assert (await admin.post(TEAMS, json={"id": "south"})).status_code == 409
    client = await api.user(Role.supervisor, teams=("south", "north"))
    assert (await client.get(ME)).json()["teams"] == ["north", "south"]
    changed = await admin.patch(f"{TEAMS}/south", json={"title": "Юг", "active": False})
    assert (changed.json()["title"], changed.json()["active"]) == ("Юг", False)
    assert [t["id"] for t in (await admin.get(TEAMS)).json()["items"]] == ["north", "south"]
    assert [t["id"] for t in (await admin.get(TEAMS, params={"active": True})).json()["items"]] == ["north"]
    assert (await admin.patch(f"{TEAMS}/west", json={})).status_code == 404


async def test_a_service_token_is_shown_once_is_for_its_scopes_and_can_be_revoked(
    api: Api, admin: httpx.AsyncClient
) -> None:
    made = (await admin.post(TOKENS, json={"name": "the exchange", "scopes": ["read", "check"]})).json()
    secret, token_id = made["secret"], made["token"]["id"]
    listed = await admin.get(TOKENS)
    assert secret.rpartition("_")[2] not in listed.text
    assert listed.json()["items"][0]["scopes"] == ["check", "read"]
    service = await api.client(secret)
    for path in (ME, USERS, TOKENS, AUDIT):
        assert (await service.get(path)).status_code == 403, path
    assert (await service.post(TOKENS, json={"name": "more", "scopes": ["ingest"]})).status_code == 403
    assert (await admin.delete(f"{TOKENS}/{token_id}")).status_code == 204
    assert (await service.get(ME)).status_code == 401
    assert [t["id"] for t in (await admin.get(TOKENS, params={"active": False})).json()["items"]] == [token_id]
    assert (await admin.get(TOKENS, params={"active": True})).json()["items"] == []


async def test_a_service_token_may_expire(api: Api, admin: httpx.AsyncClient) -> None:
    new = {"name": "x", "scopes": ["read"]}
    for wrong in ("2020-01-01T00:00:00Z", "2100-01-01T00:00:00"):
        assert (await admin.post(TOKENS, json={**new, "expires_at": wrong})).status_code == 422
    made = await admin.post(TOKENS, json={**new, "expires_at": "2100-01-01T00:00:00+03:00"})
    assert made.json()["token"]["expires_at"] == "2099-12-31T21:00:00Z"


@pytest.mark.parametrize("role", [Role.operator, Role.supervisor])
async def test_only_administrators_administrate(api: Api, role: Role) -> None:
    client = await api.user(role)
    for path in (USERS, TEAMS, TOKENS, AUDIT):
        assert (await client.get(path)).status_code == 403, path
        if path != AUDIT:
            assert (await client.post(path, json={})).status_code == 403, path
    assert (await (await api.service(*Scope)).get(USERS)).status_code == 403


async def test_the_audit_log_names_who_did_what_to_whom_and_no_person(api: Api, admin: httpx.AsyncClient) -> None:
    made = (await admin.post(USERS, json={"login": "fedor", "role": "operator", "name": "Фёдор"})).json()["user"]
    await admin.patch(f"{USERS}/{made['id']}", json={"name": "Фёдор Иванов", "role": "supervisor"})
    answer = await admin.get(AUDIT, params={"subject": made["id"]})
    assert [entry["action"] for entry in answer.json()["items"]] == ["accounts.change_user", "accounts.create_user"]
    assert {entry["actor"] for entry in answer.json()["items"]} == {f"user:{admin.headers['X-User']}"}
    assert answer.json()["items"][0]["detail"] == {"name": True, "role": "supervisor"}
    assert "едор" not in answer.text
    assert "fedor" not in answer.text
    assert len((await admin.get(AUDIT, params={"action": "accounts"})).json()["items"]) == 2
    assert (await admin.get(AUDIT, params={"action": "account"})).json()["items"] == []
    assert (await admin.get(AUDIT, params={"since": "2100-01-01T00:00:00Z"})).json()["items"] == []


async def test_nobody_can_change_the_audit_log(api: Api, admin: httpx.AsyncClient) -> None:
    await admin.post(TEAMS, json={"id": "north"})
    for statement in (update(AuditRow).values(actor="nobody"), delete(AuditRow)):
        async with api.app.state.database.sessions() as session:
            with pytest.raises(DBAPIError, match="append-only"):
                await session.execute(statement)
    assert len((await admin.get(AUDIT)).json()["items"]) == 1


async def test_what_was_done_and_its_note_are_kept_together_or_not_at_all(api: Api, admin: httpx.AsyncClient) -> None:
    await admin.post(USERS, json={"login": "gleb", "role": "operator"})
    refused = await admin.post(USERS, json={"login": "gleb", "role": "operator"})
    assert refused.status_code == 409
    assert len((await admin.get(AUDIT)).json()["items"]) == 1
    async with api.app.state.database.sessions() as session:
        assert await session.get(UserRow, admin.headers["X-User"]) is not None


async def test_it_is_told_how_long_calls_are_kept(api: Api, admin: httpx.AsyncClient) -> None:
    assert (await admin.get("/api/v1/retention")).json() == {"days": api.settings.retention_days}
