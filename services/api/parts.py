"""The other parts of the system as the API reaches them: connected when first used, again after they were away."""

import asyncio
from urllib.parse import urlsplit

import httpx
from clickhouse_connect.driver.asyncclient import AsyncClient
from litestar.datastructures import State

from diktor.errors import UnavailableError
from diktor.scoring.triton import Triton
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.store.connection import connect
from diktor.store.migrate import migrate


class Parts:
    """Connections that live as long as the service."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clickhouse: AsyncClient | None = None
        self._triton: Triton | None = None
        self._connecting = asyncio.Lock()
        self.http = httpx.AsyncClient(timeout=httpx.Timeout(30.0, connect=3.0))

    async def clickhouse(self) -> AsyncClient:
        """ClickHouse, its tables made.

        Raises:
            UnavailableError: it is away.
        """
        async with self._connecting:
            if self._clickhouse is None:
                await migrate(self._settings)
                self._clickhouse = await connect(self._settings)
            return self._clickhouse

    def triton(self) -> Triton:
        """Triton; whether it is there shows when it is asked."""
        if self._triton is None:
            self._triton = Triton(self._settings.triton, self._settings.triton_timeout_s)
        return self._triton

    async def close(self) -> None:
        """Hang up."""
        await self.http.aclose()
        if self._clickhouse is not None:
            await self._clickhouse.close()
        if self._triton is not None:
            await self._triton.close()

    async def ping_clickhouse(self) -> None:
        """Raises: UnavailableError."""
        await Store(await self.clickhouse(), self._settings).ping()

    async def ping_triton(self) -> None:
        """Raises: UnavailableError."""
        await self.triton().live()

    async def ping_ingest(self) -> None:
        """Raises: UnavailableError."""
        try:
            answer = await self.http.get(f"{self._settings.ingest}/health")
        except httpx.HTTPError as error:
            raise UnavailableError("ingest does not answer") from error
        if not answer.is_success:
            raise UnavailableError(f"ingest answers {answer.status_code}")

    async def ping_kafka(self) -> None:
        """Raises: UnavailableError: none of the brokers accepts a connection."""
        for address in self._settings.kafka.split(","):
            url = urlsplit(f"//{address.strip()}")
            try:
                _, writer = await asyncio.open_connection(url.hostname, url.port or 9092)
            except OSError:
                continue
            writer.close()
            return
        raise UnavailableError("no broker accepts connections")


async def provide_clickhouse(state: State) -> AsyncClient:
    """Raises: UnavailableError."""
    parts: Parts = state.parts
    return await parts.clickhouse()


async def provide_store(state: State) -> Store:
    """Raises: UnavailableError."""
    parts: Parts = state.parts
    return Store(await parts.clickhouse(), state.settings)


async def provide_triton(state: State) -> Triton:
    """Triton, there or not."""
    parts: Parts = state.parts
    return parts.triton()


async def provide_settings(state: State) -> Settings:
    """The settings of this service."""
    settings: Settings = state.settings
    return settings
