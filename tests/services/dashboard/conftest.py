"""The dashboard and the API under one origin, ClickHouse's engine beside them, and a browser. Other parts are away."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from diktor.settings import Settings
from diktor.store.migrate import migrate
from tests.support.api import AWAY, INGEST_TOKEN, SECRET
from tests.support.browser import Visitor, chromium, visitor
from tests.support.clickhouse import TOKEN, clickhouse
from tests.support.served_api import Served, served


@pytest.fixture(scope="module")
def beside() -> dict[str, Any]:
    """Settings of parts that a module has beside its site."""
    return {}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, beside: dict[str, Any]) -> Iterator[Served]:
    """A module's own, without calls and users."""
    folder = tmp_path_factory.mktemp("site")
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


@pytest.fixture(scope="module")
def browser(site: Served) -> Iterator[Browser]:
    """After the site, for as long as it is open no other event loop may run in this thread."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def guest(site: Served, browser: Browser) -> Iterator[Visitor]:
    """Somebody at a desk who is not logged in; at the end nothing may have gone wrong unseen."""
    with visitor(browser, site.url) as found:
        yield found
        assert found.faults == []
