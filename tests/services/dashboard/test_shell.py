"""Around every page: logging in and out, the menu of one's role, languages, light and dark, sessions that end."""

from playwright.sync_api import expect

from diktor.wire.accounts import Role
from tests.support.browser import Visitor
from tests.support.served_api import Served


def test_one_logs_in_and_comes_to_the_page_that_was_asked_for(guest: Visitor, site: Served) -> None:
    site.user(Role.supervisor, login="lead")
    page = guest.log_in("lead", path="/?x=1")
    expect(page).to_have_url(f"{site.url}/?x=1")
    expect(page.locator("h1")).to_have_text("Обзор")
    expect(page.locator("#who")).to_contain_text("lead")
