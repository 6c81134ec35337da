"""The dashboard's pictures for README.md and docs/dashboard.md: a stack with the sample calls and some days of others.

`python -m docs.screenshots.dashboard [all]`: about two minutes. With `all` every page for every role at 360, 768 and
1440 px, light and dark, goes to `.diktor/screenshots`, to be looked through.
"""

import asyncio
import sys
import tempfile
from contextlib import ExitStack
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab
from rich.console import Console

from deploy.embedded.stack import Stack
from diktor.cli.demo import CALLS
from diktor.cli.submit import candidates, send
from diktor.client import Client
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.wire.accounts import NewUser, Role
from docs.screenshots.picture import Box, keep, shot
from services.api.accounts.first import make_user
from services.dashboard.pages import PAGES
from tests.support.browser import chromium, visitor
from tests.support.history import history
from tests.support.processes import wait_until
from tests.support.stack import embedded_stack

PASSWORD = "correct horse battery staple"
WIDTHS = (360, 768, 1440)
LOOKS = ("light", "dark")
WAVEFORM = "(document.querySelector('#call-plot .js-plotly-plot')?.data?.[0].y ?? [])"


def main(everything: bool) -> None:
    """Fill a stack, then take the pictures."""
    with tempfile.TemporaryDirectory() as folder, embedded_stack(Path(folder)) as stack:
        call_id = filled(stack)
        with chromium() as browser:
            good(browser, stack.settings.api, call_id)
            if everything:
                all_of_them(browser, stack.settings.api, call_id)


def filled(stack: Stack) -> str:
    """The sample calls, scored by the release, and days of stored ones; the call that is shown."""
    settings = stack.settings
    asyncio.run(make_user(settings, NewUser(login="admin", role=Role.admin, password=PASSWORD)))
    asyncio.run(stored(settings))
    with ExitStack() as opened:
        answers = send(settings, list(candidates((CALLS,), opened)), {}, Console(quiet=True))
    ids = [answer["call_id"] for answer in answers]
    with Client(settings.api) as client:
        client.log_in("admin", PASSWORD)
        wait_until(
            "the calls are scored", lambda: all(client.calls.get(one).call.status == "scored" for one in ids), 600
        )
        teams = sorted({call.team_id for call in client.each(client.calls.list)})
        for team in teams:
            client.accounts.create_team(team)
        client.accounts.create_user("supervisor", Role.supervisor, teams=teams, password=PASSWORD)
        client.accounts.create_user("operator", Role.operator, teams=teams[:1], operator_id="op-1", password=PASSWORD)
        return client.calls.list_reviews(limit=1, defect="rhotacism").items[0].call.call_id


async def stored(settings: Settings) -> None:
    """Three weeks of calls, as if there had been some."""
    store = await Store.open(settings)
    try:
        await store.insert_calls(list(history(21, 6)))
    finally:
        await store.close()


def good(browser: Browser, url: str, call_id: str) -> None:
    """Those that are kept."""
    with visitor(browser, url, width=1280, height=860) as lead:
        lead.log_in("supervisor", PASSWORD)
        print(taken(lead.open("/"), "dashboard-overview", 1280, 860))
        page = lead.open(f"/calls/{call_id}")
        page.wait_for_function(f"() => {WAVEFORM}.length > 0")
        print(taken(page, "dashboard-call", 1280, 860))
    with visitor(browser, url, width=420, height=860, color_scheme="dark") as operator:
        page = operator.log_in("operator", PASSWORD, path="/training?sounds=r")
        page.get_by_role("button", name="Дать скороговорку").click()
        expect(page.locator(".twister")).to_be_visible()
        print(taken(page, "dashboard-training", 420, 860))


def all_of_them(browser: Browser, url: str, call_id: str) -> None:
    """To be looked through."""
    folder = Path(".diktor") / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    places = {"<call_id>": call_id, "<operator_id>": "op-1", "<team_id>": "north"}
    for role, width, look in product(Role, WIDTHS, LOOKS):
        with visitor(browser, url, width=width, height=800, color_scheme=look) as somebody:
            somebody.log_in(role.value, PASSWORD)
            for page in PAGES:
                if page.role is None or page.role.rank > role.rank:
                    continue
                path = page.path
                for variable, value in places.items():
                    path = path.replace(variable, value)
                settled(somebody.open(path))
                somebody.page.screenshot(path=folder / f"{page.name}-{role.value}-{width}-{look}.png", full_page=True)
            if somebody.faults:
                print(role.value, width, look, somebody.faults)


def taken(page: Tab, name: str, width: int, height: int) -> Path:
    """A picture of what is seen first."""
    settled(page)
    page.wait_for_timeout(1500)  # plots are drawn
    return keep(shot(page, Box(0, 0, width, height)), name, width)


def settled(page: Tab) -> None:
    """Nothing is on its way any more."""
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)


if __name__ == "__main__":
    main("all" in sys.argv[1:])
