"""ClickHouse's engine for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from diktor.settings import Settings
from tests.support.processes import Running, free_port, python, running

TOKEN = "a-token-for-tests"


class ClickHouse(NamedTuple):
    """Where it is, and its process."""

    port: int
    running: Running

    def settings(self, **others: object) -> Settings:
        """Settings that point at it."""
        address = f"http://default@127.0.0.1:{self.port}/diktor"
        return Settings.load(clickhouse=address, clickhouse_token=TOKEN, **others)


@contextmanager
def clickhouse(folder: Path, port: int | None = None) -> Iterator[ClickHouse]:
    """A running engine on `folder`."""
    port = port or free_port()
    command = [python(), "-m", "deploy.embedded.clickhouse", "--path", str(folder / "chdb"), "--port", str(port)]
    with running(command, {"DIKTOR_CLICKHOUSE_TOKEN": TOKEN}, folder / "clickhouse.log", port) as process:
        yield ClickHouse(port, process)
