"""The API on each of its databases. The other parts are away, unless a test brings them (`Settings` overrides)."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from diktor.settings import Settings
from diktor.wire.accounts import Role
from services.api.app import application
from tests.support.api import AWAY, INGEST_TOKEN, SECRET, Api, Route, routes_of, running_api
from tests.support.postgres import Postgres, empty_database, postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    return empty_database(request, tmp_path)


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings.load(
        home=tmp_path,
        sql=database,
        api_secret=SECRET,
        ingest_token=INGEST_TOKEN,
        api_requests_per_minute=10_000,
        **AWAY,
    )


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    async with running_api(settings) as running:
        yield running


@pytest.fixture
async def admin(api: Api) -> httpx.AsyncClient:
    return await api.user(Role.admin)


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[Route]:
    """All of the application's, of its own accord: no list of them is kept anywhere else."""
    return routes_of(application(Settings.load(home=tmp_path_factory.mktemp("routes"), api_secret=SECRET)))
