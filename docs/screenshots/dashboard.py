"""The dashboard's pictures for README.md and docs/dashboard.md: a stack with the sample calls and some days of others.

`python -m docs.screenshots.dashboard`: about two minutes. Those of every page, at every width and in every look, come
from `tests/accept/test_dashboard_matrix.py`.
"""

import asyncio
import tempfile
from contextlib import ExitStack
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
from tests.support.browser import chromium, visitor
from tests.support.history import history
from tests.support.pages import settled
from tests.support.processes import wait_until
from tests.support.stack import embedded_stack

PASSWORD = "correct horse battery staple"
WAVEFORM = "(document.querySelector('#call-plot .js-plotly-plot')?.data?.[0].y ?? [])"


def main() -> None:
    """Fill a stack, then take the pictures."""
    with tempfile.TemporaryDirectory() as folder, embedded_stack(Path(folder)) as stack:
        call_id = filled(stack)
        with chromium() as browser:
            good(browser, stack.settings.api, call_id)


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


def taken(page: Tab, name: str, width: int, height: int) -> Path:
    """A picture of what is seen first."""
    settled(page)
    page.wait_for_timeout(1500)  # plots are drawn
    return keep(shot(page, Box(0, 0, width, height)), name, width)


if __name__ == "__main__":
    main()
