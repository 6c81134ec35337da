"""One's own account: a new password, colours that stay, the end of a session."""

from playwright.sync_api import Page, expect

from diktor.wire.accounts import Role
from tests.support.api import PASSWORD
from tests.support.axe import serious
from tests.support.browser import Visitor
from tests.support.served_api import Served

NEW = "another horse battery"


def test_one_sees_who_one_is_changes_the_password_and_logs_out(guest: Visitor, site: Served) -> None:
    site.user(Role.operator, login="ivan", teams=("north",), operator_id="17")
    page = guest.log_in("ivan", path="/profile")
    expect(page.locator(".pairs")).to_contain_text("17")
    expect(page.locator(".pairs")).to_contain_text("north")
    assert serious(page) == []
    change(page, "not the password", NEW)
    expect(page.get_by_role("alert")).to_contain_text("Нынешний пароль неверен")
    change(page, PASSWORD, "short")
    expect(page.get_by_role("alert")).to_contain_text("не подходит")
    change(page, PASSWORD, NEW)
    expect(page.get_by_text("Пароль сменён")).to_be_visible()
    expect(page.locator("#profile-current")).to_have_value("")
    page.get_by_text("Тёмное", exact=True).click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.get_by_role("button", name="Выйти", exact=True).click()
    page.wait_for_url("**/login")
    guest.log_in("ivan", NEW, "/profile")
    guest.faults[:] = [fault for fault in guest.faults if "/accounts/password" not in fault]  # what was refused


def change(page: Page, current: str, new: str) -> None:
    for name, text in (("current", current), ("new", new), ("repeat", new)):
        page.fill(f"#profile-{name}", text)
    page.get_by_role("button", name="Сменить пароль").click()
