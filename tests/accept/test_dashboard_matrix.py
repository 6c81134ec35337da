"""Every page for every role at three widths, light and dark, in both languages: whole, without a fault, nothing cut
off, nothing that axe-core calls serious. The pictures of it go to `.diktor/screenshots`, to be looked through."""

from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from diktor.wire.accounts import Role
from services.dashboard.pages import PAGES
from tests.support.axe import serious
from tests.support.browser import chromium, visitor
from tests.support.pages import address, live_in, settled
from tests.support.processes import ROOT
from tests.support.served_api import Served
from tests.support.site import whole_site

pytestmark = pytest.mark.accept

PICTURES = ROOT / ".diktor" / "screenshots"
WIDTHS = (360, 768, 1440)
LOOKS = (("light", "ru-RU"), ("dark", "en-GB"))
CHOICES = list(product(Role, WIDTHS, LOOKS))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with whole_site(tmp_path_factory.mktemp("site")) as running:
        live_in(running, tmp_path_factory.mktemp("recordings"))
        yield running


@pytest.fixture(scope="module")
def browser(site: Served) -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize(("role", "width", "look"), CHOICES, ids=[f"{r}-{w}-{look}" for r, w, (look, _) in CHOICES])
def test_every_page(site: Served, browser: Browser, role: Role, width: int, look: tuple[str, str]) -> None:
    scheme, locale = look
    wrong: dict[str, list[str]] = {}
    with visitor(browser, site.url, width, 800, color_scheme=scheme, locale=locale) as somebody:
        somebody.log_in(role.value, path="/profile")
        for page in PAGES:
            if page.role is None or page.role.rank > role.rank:
                continue
            tab = somebody.open(address(page))
            settled(tab)
            expect(tab.locator(".mantine-Notification-root")).to_have_count(0)
            found = [*(f"axe: {fault}" for fault in serious(tab)), *sticking_out(tab, width)]
            tab.screenshot(path=PICTURES / f"{page.name}-{role.value}-{width}-{scheme}.png", full_page=True)
            if found:
                wrong[page.name] = found
        assert wrong == {}
        assert somebody.faults == []


def sticking_out(tab: Tab, width: int) -> list[str]:
    wide = tab.evaluate("() => document.documentElement.scrollWidth")
    return [f"{wide} px wide in {width}"] if wide > width else []
