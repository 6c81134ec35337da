"""The API with ClickHouse's engine beside it; ingest where a test starts one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from diktor.settings import Settings
from diktor.store.connection import connect
from diktor.store.erase import TABLES
from diktor.store.migrate import migrate
from tests.support.api import INGEST_TOKEN
from tests.support.clickhouse import TOKEN, ClickHouse, clickhouse
from tests.support.postgres import empty_database
from tests.support.processes import Running, free_port, python, running


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    with clickhouse(tmp_path_factory.mktemp("engine")) as started:
        yield started


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """One is enough where what is asked is ClickHouse's, but for what is `on_both`."""
    return empty_database(request, tmp_path)


@pytest.fixture
async def settings(settings: Settings, engine: ClickHouse) -> Settings:
    """With an empty engine, and a place for an ingest."""
    found = settings.model_copy(
        update={
            "clickhouse": f"http://default@127.0.0.1:{engine.port}/diktor",
            "clickhouse_token": engine.settings().clickhouse_token,
            "ingest": f"http://127.0.0.1:{free_port()}",
        }
    )
    await migrate(found)
    client = await connect(found)
    for table in TABLES:
        await client.command(f"TRUNCATE TABLE {table}")
    await client.close()
    return found


@contextmanager
def ingest(settings: Settings, folder: Path) -> Iterator[Running]:
    """A real ingest; Kafka is away, so that it takes recordings and publishes none."""
    env = {
        "DIKTOR_HOME": str(settings.home),
        "DIKTOR_INGEST": settings.ingest,
        "DIKTOR_INGEST_TOKEN": INGEST_TOKEN,
        "DIKTOR_KAFKA": "127.0.0.1:9",
        "DIKTOR_CLICKHOUSE": settings.clickhouse,
        "DIKTOR_CLICKHOUSE_TOKEN": TOKEN,
    }
    port = int(settings.ingest.rpartition(":")[2])
    with running([python(), "-m", "services.ingest"], env, folder / "ingest.log", port) as process:
        yield process
