"""One engine for all tests here."""

from collections.abc import Iterator

import pytest

from tests.support.clickhouse import ClickHouse, clickhouse


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    with clickhouse(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running
