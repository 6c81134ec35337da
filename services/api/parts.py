"""The other parts of the system as the API reaches them: connected when first used, again after they were away."""

import asyncio
from urllib.parse import urlsplit

import httpx
from clickhouse_connect.driver.asyncclient import AsyncClient
from litestar.datastructures import State

from diktor.checking.checker import Checker
from diktor.errors import UnavailableError
from diktor.releases.book import Book
from diktor.scoring.triton import Triton
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.store.connection import connect
from diktor.store.migrate import migrate
from services.api.checks.service import Checks
from services.api.operations.quota import Quota
from services.api.sql import Database


class Parts:
    """Connections that live as long as the service."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._releases: Book | None = None
        self._checker: Checker | None = None
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

    def releases(self) -> Book:
        """The releases, and which of them is active."""
        if self._releases is None:
            self._releases = Book(self._settings)
            self._releases.start()
        return self._releases

    def checker(self) -> Checker:
        """What scores a recording at once: single checks, attempts at exercises."""
        if self._checker is None:
            self._checker = Checker(self._settings, self.triton(), self.releases())
        return self._checker

    def checks(self) -> Checks:
        """Single checks."""
        quota = Quota(self._database, "seconds of audio to check", self._settings.check_quota_seconds)
        return Checks(self.checker(), quota)

    async def close(self) -> None:
        """Hang up."""
        if self._checker is not None:
            self._checker.close()
        if self._releases is not None:
            await self._releases.stop()
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
