"""The API for tests: the application in this process, and clients that are signed in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from typing import NamedTuple

import httpx
from argon2 import PasswordHasher
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from diktor.settings import Settings
from diktor.wire.accounts import Role, Scope
from services.api.access.authentication import SERVICE_PREFIX
from services.api.access.tokens import Bearer, digest, joined, new_secret
from services.api.accounts.tables import ServiceTokenRow, TeamRow, UserRow
from services.api.app import application
from services.api.sql import new_id

SECRET = "a-secret-for-tests-of-forty-two-characters"
INGEST_TOKEN = "a-token-for-tests"
PASSWORD = "correct horse battery"
AWAY = {
    "clickhouse": "http://default@127.0.0.1:9/diktor",
    "triton": "127.0.0.1:9",
    "kafka": "127.0.0.1:9",
    "ingest": "http://127.0.0.1:9",
    "airflow": "http://127.0.0.1:9",
}
"""Where nobody listens."""


@cache
def password_hash() -> str:
    """Of PASSWORD; made once, for it takes its time."""
    return PasswordHasher().hash(PASSWORD)


class Route(NamedTuple):
    """An operation and where it is asked."""

    operation: str
    method: str
    path: str


def routes_of(app: Litestar) -> list[Route]:
    """What an application serves, but for its description."""
    return [
        Route(str(handler.operation_id), method, route.path)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        for method in handler.http_methods - {"OPTIONS", "HEAD"}
        if not str(route.path).startswith("/api/docs")
    ]


class Api:
    """A running application."""

    def __init__(self, app: Litestar, settings: Settings, clients: AsyncExitStack) -> None:
        self.app, self.settings, self._clients = app, settings, clients
        self._users = 0

    async def client(self, token: str = "", address: str = "127.0.0.1") -> httpx.AsyncClient:
        """Somebody with a token, or without; cookies are each client's own."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app=self.app, client=(address, 1))  # type: ignore[arg-type]
        client = httpx.AsyncClient(transport=transport, base_url=self.settings.api, headers=headers)
        return await self._clients.enter_async_context(client)

    async def team(self, team_id: str) -> None:
        """A team, if it is not there."""
        async with self.app.state.database.sessions() as session:
            if await session.get(TeamRow, team_id) is None:
                session.add(TeamRow(id=team_id, title="", active=True))
                await session.commit()

    async def user(
        self, role: Role, login: str = "", *, teams: tuple[str, ...] = (), operator_id: str | None = None
    ) -> httpx.AsyncClient:
        """A client of a new user whose password is PASSWORD; `client.headers["X-User"]` is the user's id."""
        self._users += 1
        for team in teams:
            await self.team(team)
        async with self.app.state.database.sessions() as session:
            rows = [await session.get(TeamRow, team) for team in teams]
            user = UserRow(
                id=new_id(),
                login=login or f"{role.value}-{self._users}",
                name="",
                role=role.value,
                operator_id=operator_id,
                password_hash=password_hash(),
                teams=rows,
                active=True,
                version=0,
            )
            session.add(user)
            await session.flush()
            tokens = await self.app.state.sessions.open(session, user)
            await session.commit()
        client = await self.client(tokens.access_token)
        client.headers["X-User"] = user.id
        return client

    async def service(self, *scopes: Scope) -> httpx.AsyncClient:
        """A program's client."""
        secret = new_secret()
        row = ServiceTokenRow(
            id=new_id(), name="a program", scopes=[scope.value for scope in scopes], secret_hash=digest(secret)
        )
        async with self.app.state.database.sessions() as session:
            session.add(row)
            await session.commit()
        return await self.client(joined(SERVICE_PREFIX, Bearer(row.id, secret)))


@asynccontextmanager
async def running_api(settings: Settings) -> AsyncIterator[Api]:
    """The application from its start to its end."""
    app = application(settings)
    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:  # in one task, which fixtures are not
        async with app.lifespan():
            started.set()
            await over.wait()

    life = asyncio.create_task(live())
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait({life, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        if not life.done():
            async with AsyncExitStack() as clients:
                yield Api(app, settings, clients)
    finally:
        over.set()
        await life
