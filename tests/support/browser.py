"""A real browser for tests of the dashboard: Debian's Chromium, which can reach this machine and nothing else."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.support.api import PASSWORD

PATIENCE_MS = 20_000
"""What waits, waits for what is seen: on a busy machine that may take its time."""

expect.set_options(timeout=PATIENCE_MS)

ARGUMENTS = (
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
QUIET = ("net::ERR_ABORTED", "401 (Unauthorized)", "net::ERR_INTERNET_DISCONNECTED")
"""A page that was left: what it was asking for is aborted. A session that is renewed or has ended is no fault, nor is a
network that a test takes away."""


@contextmanager
def chromium(microphone: Path | None = None) -> Iterator[Browser]:
    """A browser; with a microphone, a WAV that is heard once from when it is opened."""
    program = shutil.which("chromium")
    assert program, "Debian's chromium is missing: make setup installs it"
    heard: Sequence[str] = ()
    if microphone is not None:
        heard = (
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}%noloop",
        )
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=[*ARGUMENTS, *heard])
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """Somebody in front of a browser. `faults`: what the console said of errors, and requests to other origins."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.faults: list[str] = []
        self.watch(self.page)

    def watch(self, page: Page) -> None:
        """Note what goes wrong on a page."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", self._asked)

    def open(self, path: str = "/") -> Page:
        """Go to a page, as an address that is typed."""
        self.page.goto(self.url + path)
        return self.page

    def log_in(self, login: str, password: str = PASSWORD, path: str = "/") -> Page:
        """Log in at the page that one is sent to."""
        self.open(path)
        self.page.fill("#login", login)
        self.page.fill("#password", password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#menu a")
        return self.page

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(quiet in message.text for quiet in QUIET):
            self.faults.append(f"console: {message.text} {message.location.get('url', '')}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"elsewhere: {request.url}")


@contextmanager
def visitor(browser: Browser, url: str, width: int = 1440, height: int = 900, **context: object) -> Iterator[Visitor]:
    """Somebody new: no cookies yet. Their browser speaks Russian unless `locale` says otherwise."""
    settings = {"locale": "ru-RU", "timezone_id": "Europe/Moscow", **context}
    opened = browser.new_context(viewport={"width": width, "height": height}, **settings)  # type: ignore[arg-type]
    try:
        yield Visitor(opened, url)
    finally:
        opened.close()
