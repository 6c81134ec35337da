"""Every page for every role: it is there or it is not, shows no error, asks nothing of other hosts, fits a phone, and
can be used without eyes or a mouse as far as axe-core can tell."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from diktor.wire.accounts import Role
from services.dashboard.page import Page
from services.dashboard.pages import PAGES
from tests.support.axe import serious
from tests.support.browser import visitor
from tests.support.pages import address, live_in, settled
from tests.support.served_api import Served

NOTHING = re.compile("Здесь ничего нет|Nothing here")
PAGES_OF_ONES_OWN = [page for page in PAGES if page.role is not None]


@pytest.fixture(scope="module")
def lived(site: Served, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """With users of each role and some days of calls."""
    live_in(site, tmp_path_factory.mktemp("recordings"))
    return site


@pytest.fixture(scope="module", params=list(Role), ids=str)
def role(request: pytest.FixtureRequest) -> Role:
    found: Role = request.param
    return found


@pytest.fixture(scope="module")
def tab(lived: Served, browser: Browser, role: Role) -> Iterator[Tab]:
    """Of one session: pages are opened in it one after another, as by links. The administrator likes it dark."""
    theirs = {"color_scheme": "dark", "locale": "en-GB"} if role is Role.admin else {}
    with visitor(browser, lived.url, **theirs) as somebody:
        somebody.log_in(role.value, path="/profile")
        yield somebody.page
        assert somebody.faults == []


def go(tab: Tab, path: str) -> None:
    """To a page within the application, until it is whole."""
    tab.evaluate("path => { document.title = ''; diktor.go(path) }", path)
    expect(tab).not_to_have_title("")  # the page has arrived
    settled(tab)


def fits_a_phone(tab: Tab) -> None:
    """Nothing sticks out, as soon as it is drawn for one."""
    tab.set_viewport_size({"width": 360, "height": 740})
    tab.wait_for_function("() => window.innerWidth === 360 && document.documentElement.scrollWidth <= 360")
    tab.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.parametrize("page", PAGES_OF_ONES_OWN, ids=lambda page: page.name)
def test_a_page_is_whole_for_who_may_see_it_and_not_there_for_others(page: Page, tab: Tab, role: Role) -> None:
    go(tab, address(page))
    assert page.role is not None
    if role.rank < page.role.rank:
        expect(tab.locator("h1")).to_have_text("Здесь ничего нет")
        expect(tab.locator(f"#menu a[href='{page.path}']")).to_have_count(0)
        return
    expect(tab.locator("h1")).not_to_have_text(NOTHING)
    expect(tab.locator(f"#menu a[href='{page.path}']")).to_have_count(int(page.menu))
    expect(tab.locator(".mantine-Notification-root")).to_have_count(0)
    if role is Role.admin:
        assert serious(tab) == []
        fits_a_phone(tab)


def test_the_log_in_can_be_used_without_eyes(lived: Served, browser: Browser) -> None:
    with visitor(browser, lived.url) as somebody:
        tab = somebody.open("/login")
        settled(tab)
        assert serious(tab) == []
        fits_a_phone(tab)


def test_a_page_of_nobody_is_not_there(tab: Tab) -> None:
    go(tab, "/calls/none/at/all")
    expect(tab.locator("h1")).to_have_text(NOTHING)
