"""Every page for every role: it is there or it is not, shows no error, asks nothing of other hosts, fits a phone, and
can be used without eyes or a mouse as far as axe-core can tell."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from diktor.wire.accounts import Role
from services.dashboard.page import Page
from services.dashboard.pages import PAGES
from tests.support.browser import visitor
from tests.support.history import BURRED, HEARD, OPERATORS, lived_in
from tests.support.served_api import Served

PLACES = {
    "<call_id>": HEARD,
    "<operator_id>": BURRED,
    "<team_id>": "north",
    "<number>": "1",
    "<pipeline>": "rebuild_model",
    "<run_id>": "manual__1",
}
PAGES_OF_ONES_OWN = [page for page in PAGES if page.role is not None]


def address(page: Page) -> str:
    """A place where the page has something to show."""
    path = page.path
    for variable, value in PLACES.items():
        path = path.replace(variable, value)
    assert "<" not in path, f"say in PLACES where {page.path} is tried"
    return path


def settled(tab: Tab) -> None:
    """Nothing is on its way any more."""
    expect(tab.locator("h1")).to_have_count(1)
    expect(tab.locator(".mantine-Skeleton-root")).to_have_count(0)
    expect(tab.locator("[data-dash-is-loading=true]")).to_have_count(0)


@pytest.fixture(scope="module")
def lived(site: Served, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """With users of each role and some days of calls."""
    site.run(lived_in(site.settings, tmp_path_factory.mktemp("recordings")))
    teams = tuple(set(OPERATORS.values()))
    site.user(Role.admin, login="admin")
    site.user(Role.supervisor, login="supervisor", teams=teams)
    site.user(Role.operator, login="operator", teams=("north",), operator_id=BURRED)
    return site


@pytest.fixture(scope="module", params=list(Role), ids=str)
def role(request: pytest.FixtureRequest) -> Role:
    found: Role = request.param
    return found


@pytest.fixture(scope="module")
def tab(lived: Served, browser: Browser, role: Role) -> Iterator[Tab]:
    """Of one session: pages are opened in it one after another."""
    with visitor(browser, lived.url) as somebody:
        somebody.log_in(role.value)
        somebody.page.goto("about:blank")
        yield somebody.page
        assert somebody.faults == []


@pytest.mark.parametrize("page", PAGES_OF_ONES_OWN, ids=lambda page: page.name)
def test_a_page_is_whole_for_who_may_see_it_and_not_there_for_others(
    page: Page, tab: Tab, role: Role, lived: Served
) -> None:
    tab.goto(lived.url + address(page))
    settled(tab)
    assert page.role is not None
    if role.rank < page.role.rank:
        expect(tab.locator("h1")).to_have_text("Здесь ничего нет")
        expect(tab.locator(f"#menu a[href='{page.path}']")).to_have_count(0)
        return
    expect(tab.locator("h1")).not_to_have_text("Здесь ничего нет")
    expect(tab.locator(f"#menu a[href='{page.path}']")).to_have_count(int(page.menu))
    expect(tab.locator(".mantine-Notification-root")).to_have_count(0)
    if role is Role.admin:
        found = Axe().run(tab)
        worst = [item for item in found.response["violations"] if item["impact"] in ("serious", "critical")]
        assert worst == [], [(item["id"], [node["html"] for node in item["nodes"]][:3]) for item in worst]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_fits_a_phone(page: Page, browser: Browser, lived: Served, phone: Tab) -> None:
    phone.goto(lived.url + address(page))
    settled(phone)
    assert phone.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.fixture(scope="module")
def phone(lived: Served, browser: Browser) -> Iterator[Tab]:
    with visitor(browser, lived.url, width=360, height=740, color_scheme="dark", locale="en-GB") as somebody:
        somebody.log_in("admin")
        yield somebody.page
        assert somebody.faults == []


def test_the_log_in_can_be_used_without_eyes(lived: Served, browser: Browser) -> None:
    with visitor(browser, lived.url) as somebody:
        tab = somebody.open("/login")
        settled(tab)
        found = Axe().run(tab)
        assert [item for item in found.response["violations"] if item["impact"] in ("serious", "critical")] == []


def test_a_page_of_nobody_is_not_there(lived: Served, phone: Tab) -> None:
    phone.goto(lived.url + "/calls/none/at/all")
    expect(phone.locator("h1")).to_have_text("Nothing here")
