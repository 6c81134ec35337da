"""One engine for all tests here, and a database of its own for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from diktor.settings import Settings
from tests.learning import conftest as learning
from tests.support.clickhouse import ClickHouse, clickhouse


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    with clickhouse(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture
def settings(engine: ClickHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """As a command reads them: from the environment."""
    address = f"http://default@127.0.0.1:{engine.port}/{''.join(filter(str.isalnum, tmp_path.name))}"
    monkeypatch.setenv("DIKTOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DIKTOR_CLICKHOUSE", address)
    monkeypatch.setenv("DIKTOR_CLICKHOUSE_TOKEN", engine.settings().clickhouse_token.get_secret_value())
    return Settings.load()


corpus = learning.corpus
