"""Ingest takes the API's service tokens beside its own, and its own also while the API is away."""

import asyncio
from pathlib import Path

import httpx

from diktor.settings import Settings
from diktor.wire.accounts import NewUser, Role
from services.api.accounts.first import make_user
from services.ingest.tokens import BELIEVED_S
from tests.support.api import AWAY, INGEST_TOKEN, SECRET
from tests.support.processes import free_port, python, running, wait_until


def test_ingest_takes_service_tokens_of_the_api_until_they_are_revoked(tmp_path: Path) -> None:
    api_port, ingest_port = free_port(), free_port()
    env = {f"DIKTOR_{name.upper()}": address for name, address in AWAY.items()} | {
        "DIKTOR_HOME": str(tmp_path),
        "DIKTOR_API": f"http://127.0.0.1:{api_port}",
        "DIKTOR_API_SECRET": SECRET,
        "DIKTOR_INGEST": f"http://127.0.0.1:{ingest_port}",
        "DIKTOR_INGEST_TOKEN": INGEST_TOKEN,
    }
    password = asyncio.run(make_user(Settings.load(home=tmp_path), NewUser(login="chief", role=Role.admin)))

    def asked(token: str) -> int:
        """What ingest says to whoever asks for a call that is not there."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"http://127.0.0.1:{ingest_port}/calls/none", headers=headers).status_code

    with running([python(), "-m", "services.ingest"], env, tmp_path / "ingest.log", ingest_port):
        with (
            running([python(), "-m", "services.api"], env, tmp_path / "api.log", api_port),
            httpx.Client(base_url=f"http://127.0.0.1:{api_port}/api/v1") as chief,
        ):
            given = chief.post("/accounts/log-in", json={"login": "chief", "password": password}).json()
            chief.cookies.clear()
            chief.headers["Authorization"] = f"Bearer {given['access_token']}"
            made = [
                chief.post("/tokens", json={"name": scope, "scopes": [scope]}).json() for scope in ("ingest", "read")
            ]
            good, other = (token["secret"] for token in made)
            assert [asked(token) for token in (INGEST_TOKEN, good, other, "dks_no_token", "x")] == [
                404,
                404,
                401,
                401,
                401,
            ]
            assert chief.delete(f"/tokens/{made[0]['token']['id']}").status_code == 204
            wait_until("the token is void", lambda: asked(good) == 401, 4 * BELIEVED_S)
            stolen = {"Authorization": f"Bearer {good}"}
            assert (
                httpx.post(f"{chief.base_url}tokens/introspect", json={"token": other}, headers=stolen).status_code
                == 401
            )
        wait_until("what was believed is forgotten", lambda: asked(other) == 503, 4 * BELIEVED_S)
        assert asked(INGEST_TOKEN) == 404
