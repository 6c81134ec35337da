"""Logging in, staying in, getting out: what a thief, a guesser or another page's script can do with it."""

import asyncio
import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from sqlalchemy import update

from diktor.wire.accounts import Role
from services.api.accounts import passwords
from services.api.accounts.tables import LoginFailureRow, SessionRow, UserRow
from services.api.sql import now
from tests.support.api import PASSWORD, SECRET, Api, running_api

ME, LOG_IN, REFRESH = "/api/v1/accounts/me", "/api/v1/accounts/log-in", "/api/v1/accounts/refresh"


async def log_in(client: httpx.AsyncClient, login: str = "anna", password: str = PASSWORD) -> httpx.Response:
    return await client.post(LOG_IN, json={"login": login, "password": password})


@pytest.fixture
async def anna(api: Api) -> httpx.AsyncClient:
    """A user who has not logged in by herself yet, and a browser of hers: cookies, no bearer token."""
    await api.user(Role.supervisor, "anna", teams=("north",))
    return await api.client()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def claims(**changed: Any) -> dict[str, Any]:
    at = now()
    return {
        "iss": "diktor", "aud": "diktor-api", "typ": "access", "sub": "x", "sid": "x", "ver": 0, "iat": at,
        "exp": at + timedelta(minutes=5), **changed,
    }  # fmt: skip


async def test_a_session_lets_in_by_bearer_token_and_by_cookie(api: Api, anna: httpx.AsyncClient) -> None:
    answer = await log_in(anna, "ANNA ")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await anna.get(ME)).json()["teams"] == ["north"]
    other = await api.client(answer.json()["access_token"])
    assert (await other.get(ME)).json()["login"] == "anna"


async def test_cookies_are_hidden_from_scripts_and_the_refresh_token_from_other_paths(anna: httpx.AsyncClient) -> None:
    set_ = {line.split("=")[0]: line.lower() for line in (await log_in(anna)).headers.get_list("set-cookie")}
    assert set(set_) == {"access", "refresh", "csrf"}
    assert all("samesite=lax" in line for line in set_.values())
    assert "httponly" in set_["access"]
    assert "httponly" in set_["refresh"]
    assert "path=/api/v1/accounts" in set_["refresh"]
    assert "httponly" not in set_["csrf"]


async def test_tokens_that_we_did_not_sign_or_not_for_this_are_refused(api: Api, anna: httpx.AsyncClient) -> None:
    given = (await log_in(anna)).json()
    real = jwt.decode(given["access_token"], options={"verify_signature": False})
    body = {name: real[name] for name in ("sub", "sid", "ver")}
    head, payload, signature = given["access_token"].split(".")
    none_head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    admin_payload = base64.urlsafe_b64encode(json.dumps({**real, "sub": "other"}).encode()).rstrip(b"=").decode()
    forged = {
        "no algorithm": f"{none_head}.{payload}.",
        "no algorithm, signed": f"{none_head}.{payload}.{signature}",
        "another payload": f"{head}.{admin_payload}.{signature}",
        "another secret": jwt.encode(claims(**body), "another secret of many characters!!", "HS256"),
        "another algorithm": jwt.encode(claims(**body), SECRET * 2, "HS512"),
        "expired": jwt.encode(claims(**body, exp=now() - timedelta(seconds=1)), SECRET, "HS256"),
        "another audience": jwt.encode(claims(**body, aud="diktor-dashboard"), SECRET, "HS256"),
        "another issuer": jwt.encode(claims(**body, iss="somebody"), SECRET, "HS256"),
        "another kind": jwt.encode(claims(**body, typ="refresh"), SECRET, "HS256"),
        "another user": jwt.encode(claims(**{**body, "sub": "other"}), SECRET, "HS256"),
        "an old version": jwt.encode(claims(**{**body, "ver": 7}), SECRET, "HS256"),
        "no session": jwt.encode(claims(**{**body, "sid": "none"}), SECRET, "HS256"),
        "no expiry": jwt.encode({k: v for k, v in claims(**body).items() if k != "exp"}, SECRET, "HS256"),
        "a refresh token": given["refresh_token"],
        "a service token that is none": "dks_none_none",
        "nothing of ours": "x" * 5000,
    }
    stranger = await api.client()
    for what, token in forged.items():
        answer = await stranger.get(ME, headers=bearer(token))
        assert answer.status_code == 401, what
        assert answer.headers["WWW-Authenticate"] == "Bearer", what
    assert (await stranger.get(ME, headers=bearer(jwt.encode(claims(**body), SECRET, "HS256")))).status_code == 200


async def test_a_refresh_token_is_good_once_and_a_replay_ends_the_session(api: Api, anna: httpx.AsyncClient) -> None:
    first = (await log_in(anna)).json()
    client = await api.client()
    second = (await client.post(REFRESH, json={"refresh_token": first["refresh_token"]})).json()
    assert (await client.get(ME, headers=bearer(second["access_token"]))).status_code == 200
    await later(api)
    replayed = await client.post(REFRESH, json={"refresh_token": first["refresh_token"]})
    assert replayed.status_code == 401
    assert "used before" in replayed.json()["detail"]
    client.cookies.clear()
    assert (await client.post(REFRESH, json={"refresh_token": second["refresh_token"]})).status_code == 401
    assert (await client.get(ME, headers=bearer(second["access_token"]))).status_code == 401


async def later(api: Api) -> None:
    """Sessions were refreshed longer ago than the grace is."""
    ago = now() - timedelta(seconds=api.settings.api_refresh_grace_s)
    async with api.app.state.database.sessions() as session:
        await session.execute(update(SessionRow).values(refreshed_at=ago))
        await session.commit()


async def test_tabs_that_refresh_at_the_same_moment_all_go_on(api: Api, anna: httpx.AsyncClient) -> None:
    given = (await log_in(anna)).json()
    header = {"X-CSRF-Token": given["csrf_token"]}
    answers = await asyncio.gather(*(anna.post(REFRESH, json={}, headers=header) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    refresh_tokens = {answer.json()["refresh_token"] for answer in answers}
    assert len(refresh_tokens) == 1, "whichever answer the browser keeps last is good"
    assert refresh_tokens != {given["refresh_token"]}
    for token in (given["access_token"], *(answer.json()["access_token"] for answer in answers)):
        assert (await (await api.client(token)).get(ME)).status_code == 200
    await later(api)
    assert (await anna.post(REFRESH, json={}, headers=header)).status_code == 200


async def test_a_token_before_the_last_ends_the_session_however_soon(api: Api, anna: httpx.AsyncClient) -> None:
    given = [(await log_in(anna)).json()]
    client = await api.client()
    for _ in range(2):
        answer = await client.post(REFRESH, json={"refresh_token": given[-1]["refresh_token"]})
        given.append(answer.json())
    assert (await client.post(REFRESH, json={"refresh_token": given[0]["refresh_token"]})).status_code == 401
    stranger = await api.client(given[-1]["access_token"])
    assert (await stranger.get(ME)).status_code == 401


async def test_who_logged_out_is_not_let_in_by_the_grace(api: Api, anna: httpx.AsyncClient) -> None:
    first = (await log_in(anna)).json()
    client = await api.client()
    second = (await client.post(REFRESH, json={"refresh_token": first["refresh_token"]})).json()
    assert (await (await api.client(second["access_token"])).post("/api/v1/accounts/log-out")).status_code == 204
    assert (await client.post(REFRESH, json={"refresh_token": first["refresh_token"]})).status_code == 401


async def test_without_grace_a_refresh_token_is_good_once(api: Api, anna: httpx.AsyncClient) -> None:
    first = (await log_in(anna)).json()
    async with running_api(api.settings.model_copy(update={"api_refresh_grace_s": 0.0})) as strict:
        client = await strict.client()
        answers = [await client.post(REFRESH, json={"refresh_token": first["refresh_token"]}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]


async def test_refresh_refuses_what_is_no_refresh_token(api: Api, anna: httpx.AsyncClient) -> None:
    access = (await log_in(anna)).json()["access_token"]
    client = await api.client()
    for token in (access, "", "dkr_x_y", "dkr__", "dks_x_y"):
        assert (await client.post(REFRESH, json={"refresh_token": token})).status_code == 401, token
    assert (await client.post(REFRESH, json={})).status_code == 401


async def test_a_session_that_was_not_refreshed_for_long_is_over(api: Api, anna: httpx.AsyncClient) -> None:
    given = (await log_in(anna)).json()
    async with api.app.state.database.sessions() as session:
        await session.execute(update(SessionRow).values(expires_at=now() - timedelta(seconds=1)))
        await session.commit()
    assert (await anna.get(ME)).status_code == 401
    client = await api.client()
    assert (await client.post(REFRESH, json={"refresh_token": given["refresh_token"]})).status_code == 401


async def test_logging_out_ends_access_and_refresh_token(api: Api, anna: httpx.AsyncClient) -> None:
    given = (await log_in(anna)).json()
    client = await api.client(given["access_token"])
    assert (await client.post("/api/v1/accounts/log-out")).status_code == 204
    assert (await client.get(ME)).status_code == 401
    assert (await client.post(REFRESH, json={"refresh_token": given["refresh_token"]})).status_code == 401


@pytest.mark.parametrize("how", ["log-out-everywhere", "password"])
async def test_all_sessions_end_together(api: Api, anna: httpx.AsyncClient, how: str) -> None:
    here, there = [(await log_in(anna)).json()["access_token"] for _ in range(2)]
    client, body = await api.client(here), {"current": PASSWORD, "new": "another long password"}
    answer = await client.post(f"/api/v1/accounts/{how}", json=body if how == "password" else None)
    assert answer.is_success
    for token in (here, there):
        stranger = await api.client(token)
        assert (await stranger.get(ME)).status_code == 401
    assert (await log_in(anna)).status_code == (401 if how == "password" else 200)


async def test_changes_by_cookie_need_the_sessions_csrf_token(api: Api, anna: httpx.AsyncClient) -> None:
    csrf = (await log_in(anna)).json()["csrf_token"]
    other = await api.client()
    await api.user(Role.admin, "mallory")
    others = (await log_in(other, "mallory")).json()["csrf_token"]
    for path, body in (("/api/v1/accounts/log-out", None), (REFRESH, {})):
        for header in ({}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": others}):
            assert (await anna.post(path, json=body, headers=header)).status_code == 403, (path, header)
    assert (await anna.get(ME)).status_code == 200
    refreshed = await anna.post(REFRESH, json={}, headers={"X-CSRF-Token": csrf})
    assert refreshed.status_code == 200
    assert refreshed.json()["csrf_token"] == csrf
    assert (await anna.post("/api/v1/accounts/log-out", headers={"X-CSRF-Token": csrf})).status_code == 204
    assert not anna.cookies


async def test_unknown_user_wrong_password_and_deactivated_user_look_alike(
    api: Api, anna: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes: list[str] = []
    verified = passwords._verified
    monkeypatch.setattr(passwords, "_verified", lambda kept, given: hashes.append(kept) or verified(kept, given))
    await api.user(Role.operator, "gone")
    async with api.app.state.database.sessions() as session:
        await session.execute(update(UserRow).where(UserRow.login == "gone").values(active=False))
        await session.commit()
    asked = (("anna", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD))
    answers = [await log_in(anna, login, password) for login, password in asked]
    bodies = [(answer.status_code, answer.json(), set(answer.headers)) for answer in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0][0] == 401
    assert len(hashes) == 3, "each took as long as one hash takes, and all else is a twentieth of that"
    assert len({kept.rpartition("$")[0].rpartition("$")[0] for kept in hashes}) == 1, "of the same cost"


async def test_guessing_has_to_wait_longer_and_longer_whether_the_user_exists_or_not(
    api: Api, anna: httpx.AsyncClient
) -> None:
    for login in ("anna", "nobody"):
        guesses = [await log_in(anna, login, f"guess {n}") for n in range(6)]
        assert [answer.status_code for answer in guesses] == [401] * 5 + [429]
        first = int(guesses[-1].headers["Retry-After"])
        assert (await log_in(anna, login)).status_code == 429, "the right password has to wait, too"
        async with api.app.state.database.sessions() as session:
            await session.execute(update(LoginFailureRow).values(last_at=now() - timedelta(seconds=first)))
            await session.commit()
        assert (await log_in(anna, login, "another guess")).status_code == 401
        assert int((await log_in(anna, login)).headers["Retry-After"]) > first
    elsewhere = await api.client(address="10.0.0.7")
    assert (await log_in(elsewhere)).status_code == 200, "the owner, from another address"


async def test_one_address_may_try_so_many_log_ins_and_no_more(api: Api, anna: httpx.AsyncClient) -> None:
    limit = api.settings.api_log_ins_per_minute
    for n in range(limit):
        assert (await log_in(anna, f"user {n}", "")).status_code == 422
    refused = await log_in(anna)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert (await anna.get("/health/live")).status_code == 200
    assert (await log_in(await api.client(address="10.0.0.7"))).status_code == 200
