"""Every page of the dashboard where it has something to show, on a site with some days of calls."""

from pathlib import Path

from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from diktor.wire.accounts import Role
from services.dashboard.page import Page
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


def live_in(site: Served, folder: Path) -> None:
    """Some days of calls, and a user of each role who is called as it is."""
    site.run(lived_in(site.settings, folder))
    teams = tuple(set(OPERATORS.values()))
    site.user(Role.admin, login="admin")
    site.user(Role.supervisor, login="supervisor", teams=teams)
    site.user(Role.operator, login="operator", teams=("north",), operator_id=BURRED)


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
