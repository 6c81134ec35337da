"""The dashboard and the API under one origin, with ClickHouse's engine beside them; other parts are away."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from diktor.settings import Settings
from diktor.store.migrate import migrate
from tests.support.api import AWAY, INGEST_TOKEN, SECRET
from tests.support.clickhouse import TOKEN, clickhouse
from tests.support.served_api import Served, served


@contextmanager
def whole_site(folder: Path, **beside: Any) -> Iterator[Served]:
    """Without calls and users; `beside` are settings of parts that are there besides."""
    with clickhouse(folder) as engine:
        settings = {
            **AWAY,
            "home": folder,
            "clickhouse": f"http://default@127.0.0.1:{engine.port}/diktor",
            "clickhouse_token": TOKEN,
            "api_secret": SECRET,
            "ingest_token": INGEST_TOKEN,
            "api_requests_per_minute": 100_000,
            "api_log_ins_per_minute": 1000,
            **beside,
        }
        asyncio.run(migrate(Settings.load(**settings)))
        with served(with_dashboard=True, **settings) as running:
            yield running
