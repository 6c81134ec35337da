"""The dashboard on a running stack as a supervisor uses it: upload, verdicts, review by keyboard, a live call."""

import asyncio
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from deploy.embedded.stack import Stack
from diktor.client import Client
from diktor.wire.accounts import NewUser, Role
from services.api.accounts.first import make_user
from tests.support.browser import chromium, visitor
from tests.support.whole import PASSWORD

BROKEN = {"notes.txt": b"no sound at all", "torn.mp3": b"ID3 and then nothing", "empty.wav": b""}
LOGIN = "lead"


def upload_to_label_and_live(
    stack: Stack, recordings: Sequence[Path], live: Path, folder: Path, seconds: float
) -> None:
    """Every step sees the ones before; `live` is a recording that is then sent in real time."""
    url = stack.settings.api
    asyncio.run(make_user(stack.settings, NewUser(login="boss", role=Role.admin, password=PASSWORD)))
    with Client(url) as client:
        client.log_in("boss", PASSWORD)
        client.accounts.create_team("north")
        client.accounts.create_user(LOGIN, Role.supervisor, teams=["north"], password=PASSWORD)
    for name, content in BROKEN.items():
        (folder / name).write_bytes(content)
    with chromium() as browser, visitor(browser, url) as lead, Client(url) as client:
        client.log_in(LOGIN, PASSWORD)
        page = lead.log_in(LOGIN, PASSWORD, path="/upload")
        upload(page, [*recordings, *(folder / name for name in BROKEN)], seconds)
        label(page, url, client)
        with sending(stack, live):
            follow(page, url)
        assert lead.faults == [], lead.faults


def upload(page: Page, files: Sequence[Path], seconds: float) -> None:
    """Send files of op-1; what is broken is refused by name, the others come to verdicts while one looks on."""
    page.fill("#upload-operator", "op-1")
    page.set_input_files("#upload-files", files)
    page.click("#upload-start")
    refused = page.locator("#upload-refused li")
    expect(refused).to_have_count(len(BROKEN), timeout=1000 * seconds)
    for name in BROKEN:
        expect(refused.filter(has_text=name)).to_have_count(1)
    scored = page.locator("#upload li[data-state=scored]")
    expect(scored).to_have_count(len(files) - len(BROKEN), timeout=1000 * seconds)


def label(page: Page, url: str, client: Client) -> None:
    """From the list, filtered, to the riskiest piece of a call; what is said of it by keyboard is in the API."""
    page.click("#menu a[href='/calls']")
    expect(page.locator(".ag-center-cols-container [role=row]").first).to_be_visible()
    review = client.calls.list_reviews(limit=1, defect="rhotacism").items[0]
    page.goto(f"{url}/calls?defect=rhotacism&minimum_risk=50")
    page.locator(f"a[href*='{review.call.call_id}']").first.click()
    expect(page).to_have_url(re.compile(review.call.call_id))
    expect(page.locator("#call-list .piece").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("y")
    expect(page.locator("#call-list [data-said=confirmed]").first).to_be_visible()
    expect(page.locator("#call-said")).not_to_be_empty()
    said = client.calls.get(review.call.call_id).labels
    assert [(one.label, one.by != "") for one in said] == [("confirmed", True)]
    assert [call.call_id for call in client.calls.list(reviewed=True).items] == [review.call.call_id]


def follow(page: Page, url: str) -> None:
    """A call that is going on appears by itself, grows on its page, and ends with a verdict there."""
    page.goto(url)
    line = page.locator("#overview-open a", has_text="op-live")
    expect(line).to_be_visible()
    line.click()
    expect(page.locator("#call-verdicts")).to_be_visible()
    lasted = page.locator("#call-head .facts")
    before = lasted.inner_text()
    expect(lasted).not_to_have_text(re.sub(r"\s+", " ", before), timeout=30_000)
    expect(page.locator("#call-verdicts table")).to_be_visible(timeout=60_000)


@contextmanager
def sending(stack: Stack, recording: Path) -> Iterator[None]:
    """A recording arrives at ingest in real time, as a call does."""
    headers = {"Authorization": f"Bearer {stack.settings.ingest_token.get_secret_value()}"}
    form = {"operator_id": "op-live", "team_id": "north", "speed": "1"}

    def post() -> None:
        with recording.open("rb") as file:
            answer = httpx.post(
                f"{stack.settings.ingest}/calls", headers=headers, data=form, files={"file": file}, timeout=120
            )
        answer.raise_for_status()

    sender = threading.Thread(target=post)
    sender.start()
    try:
        yield
    finally:
        sender.join(120)
