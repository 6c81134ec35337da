"""Around every page: logging in and out, the menu of one's role, languages, light and dark, sessions that end."""

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, expect

from diktor.wire.accounts import Role
from tests.support.api import PASSWORD
from tests.support.browser import Visitor, visitor
from tests.support.served_api import Served

ASK = """() => {
    document.body.dataset.asked = "";
    fetch("/api/v1/accounts/me").then((answer) => (document.body.dataset.asked = answer.status));
}"""


def ask(page: Page) -> None:
    """What any callback or script of a page does: ask, and be answered when it can be."""
    page.evaluate(ASK)


def answered(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-asked", "200", timeout=20_000)


def forget_access(context: BrowserContext) -> None:
    """As when the quarter of an hour is over."""
    context.clear_cookies(name="access")


def test_one_logs_in_and_comes_to_the_page_that_was_asked_for(guest: Visitor, site: Served) -> None:
    site.user(Role.supervisor, login="lead")
    page = guest.open("/?x=1")
    page.fill("#login", "lead")
    page.fill("#password", "not this")
    page.keyboard.press("Enter")
    expect(page.locator("#content [role=alert]")).to_have_text("Логин или пароль неверны.")
    expect(page.locator("#login")).to_have_value("lead")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#who")).to_contain_text("lead")
    expect(page).to_have_url(f"{site.url}/?x=1")
    guest.open("/no-such-page")
    expect(page.locator("h1")).to_have_text("Здесь ничего нет")


def test_nobody_is_sent_elsewhere_after_a_log_in(guest: Visitor, site: Served) -> None:
    site.user(Role.operator, login="careless")
    page = guest.open("/login?next=//elsewhere.example/")
    page.fill("#login", "careless")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#menu a")
    expect(page).to_have_url(f"{site.url}/")


def test_a_session_is_renewed_unseen_in_two_tabs_at_once(guest: Visitor, site: Served) -> None:
    site.user(Role.supervisor, login="two-tabs")
    first = guest.log_in("two-tabs")
    second = guest.context.new_page()
    guest.watch(second)
    second.goto(site.url)
    second.wait_for_selector("#menu a")
    for _ in range(2):
        forget_access(guest.context)
        ask(first)
        ask(second)
        answered(first)
        answered(second)
    expect(first.locator("#again")).to_be_hidden()


def test_who_must_log_in_again_does_so_in_place(guest: Visitor, site: Served) -> None:
    site.user(Role.supervisor, login="ended")
    page = guest.log_in("ended")
    with httpx.Client(base_url=site.url) as other:
        tokens = other.post("/api/v1/accounts/log-in", json={"login": "ended", "password": PASSWORD}).json()
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert other.post("/api/v1/accounts/log-out-everywhere", headers=bearer).status_code == 204
    page.evaluate("window.typed = 'still here'")
    ask(page)
    expect(page.locator("#again")).to_be_visible()
    page.fill("#again-login", "ended")
    page.fill("#again-password", PASSWORD)
    page.keyboard.press("Enter")
    answered(page)
    expect(page.locator("#again")).to_be_hidden()
    assert page.evaluate("window.typed") == "still here"


def test_what_is_away_is_asked_again_and_that_is_said(guest: Visitor, site: Served) -> None:
    site.user(Role.supervisor, login="patient")
    page = guest.log_in("patient")
    guest.context.set_offline(True)
    ask(page)
    expect(page.locator("#away")).to_be_visible()
    guest.context.set_offline(False)
    answered(page)
    expect(page.locator("#away")).to_be_hidden()
    guest.faults = [fault for fault in guest.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_language_and_darkness_are_the_visitors(site: Served, browser: Browser) -> None:
    site.user(Role.supervisor, login="anna")
    with visitor(browser, site.url, locale="en-GB", color_scheme="dark") as one:
        page = one.log_in("anna")
        expect(page.locator("h1")).to_have_text("Overview")
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
        page.click("#dark")
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "light")
        page.reload()
        expect(page.locator("h1")).to_have_text("Overview")
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "light")
        page.click("#language")
        page.get_by_role("option", name="RU").click()
        expect(page.locator("h1")).to_have_text("Обзор")
        assert one.faults == []


def test_every_answer_forbids_what_is_not_ours(site: Served) -> None:
    with httpx.Client(base_url=site.url) as client:
        document = client.get("/")
        policy = document.headers["Content-Security-Policy"]
        assert "unsafe-eval" not in policy
        assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
        asset = next(part for part in document.text.split('"') if part.startswith("/assets/session.js"))
        assert "immutable" in client.get(asset).headers["Cache-Control"]
        bundle = next(part for part in document.text.split('"') if "/dash/dash-renderer" in part or "dcc" in part)
        assert client.get(bundle).headers["Content-Encoding"] in ("br", "zstd")
        forged = client.post("/_dash-update-component", json={}, headers={"Sec-Fetch-Site": "cross-site"})
        assert forged.status_code == 403


def test_one_goes_back_to_what_one_looked_at(guest: Visitor, site: Served) -> None:
    site.user(Role.supervisor, login="wanderer", teams=("north",))
    page = guest.log_in("wanderer", path="/calls?minimum_risk=50")
    expect(page.locator("h1")).to_have_text("Звонки")
    page.click("#menu a[href='/operators']")
    expect(page.locator("h1")).to_have_text("Операторы")
    page.click("#menu a[href='/']")
    expect(page.locator("h1")).to_have_text("Обзор")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Операторы")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Звонки")
    expect(page).to_have_url(f"{site.url}/calls?minimum_risk=50")
    expect(page.locator("#calls-minimum_risk")).to_have_value("50")
