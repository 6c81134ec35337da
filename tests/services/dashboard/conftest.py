"""The dashboard and the API under one origin, ClickHouse's engine beside them, and a browser. Other parts are away."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Visitor, chromium, visitor
from tests.support.served_api import Served
from tests.support.site import whole_site


@pytest.fixture(scope="module")
def beside() -> dict[str, Any]:
    """Settings of parts that a module has beside its site."""
    return {}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, beside: dict[str, Any]) -> Iterator[Served]:
    """A module's own, without calls and users."""
    with whole_site(tmp_path_factory.mktemp("site"), **beside) as running:
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
