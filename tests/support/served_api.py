"""The API behind a port, in a thread: for what speaks HTTP itself and for clients that block."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, TypeVar

import uvicorn

from deploy.embedded.web import together
from diktor.settings import Settings
from diktor.wire.accounts import Role, Scope
from services.api.app import application
from services.api.sql import Database
from services.dashboard.asgi import asgi
from tests.support.api import Api
from tests.support.processes import free_port, wait_until

T = TypeVar("T")


class Served:
    """A running API; what makes users runs where it does."""

    def __init__(self, settings: Settings, api: Api, loop: asyncio.AbstractEventLoop) -> None:
        self.settings, self.url = settings, settings.api
        self.database: Database = api.app.state.database
        self._api, self._loop = api, loop

    def user(self, role: Role, **named: Any) -> str:
        """The access token of a new user."""
        return self._token(self._api.user(role, **named))

    def service(self, *scopes: Scope) -> str:
        """A new service token."""
        return self._token(self._api.service(*scopes))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Something awaitable, where the API runs: a browser's thread has no loop for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def _token(self, client: Coroutine[Any, Any, Any]) -> str:
        made = self.run(client)
        return str(made.headers["Authorization"]).removeprefix("Bearer ")


@contextmanager
def served(with_dashboard: bool = False, **settings: Any) -> Iterator[Served]:
    """From its start to its end; settings as `Settings.load` takes them. With the dashboard under the same origin."""
    found = Settings.load(**{"api": f"http://127.0.0.1:{free_port()}", **settings})
    app = application(found)
    whole = together(app, asgi(found)) if with_dashboard else app
    port = int(found.api.rpartition(":")[2])
    server = uvicorn.Server(uvicorn.Config(whole, host="127.0.0.1", port=port, log_config=None, access_log=False))
    loops: list[asyncio.AbstractEventLoop] = []
    clients = AsyncExitStack()

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        async with clients:
            await server.serve()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        wait_until("the API serves", lambda: server.started or not thread.is_alive())
        assert server.started
        yield Served(found, Api(app, found, clients), loops[0])
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive()
