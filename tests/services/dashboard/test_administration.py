"""What administrators do: people, teams, tokens, the audit log, erasing. Secrets are shown once."""

import pytest
from playwright.sync_api import Locator, Page, expect

from diktor.client import ApiError, Client, Session
from diktor.wire.accounts import Role
from tests.support.axe import serious
from tests.support.browser import Visitor
from tests.support.calls import call, store
from tests.support.served_api import Served


@pytest.fixture(scope="module", autouse=True)
def boss(site: Served) -> str:
    site.run(store(site.settings, call("a", "north", "17"), call("b", "north", "18")))
    return site.user(Role.admin, login="boss")


def test_a_team_and_its_operator_are_made_and_the_operator_is_put_out(guest: Visitor, site: Served) -> None:
    page = guest.log_in("boss", path="/administration/teams")
    page.get_by_role("button", name="Новая команда").click()
    form = page.get_by_role("dialog", name="Новая команда")
    form.get_by_label("Номер команды").fill("north")
    form.get_by_role("button", name="Сохранить").click()
    expect(row(page, "north")).to_contain_text("действует")
    page.get_by_role("button", name="Новая команда").click()
    form.get_by_label("Номер команды").fill("north")
    form.get_by_role("button", name="Сохранить").click()
    expect(form).to_contain_text("Команда с таким номером уже есть")  # and what was typed stays
    expect(form.get_by_label("Номер команды")).to_have_value("north")

    guest.open("/administration")
    page.get_by_role("button", name="Новый пользователь").click()
    form = page.get_by_role("dialog", name="Новый пользователь")
    form.get_by_label("Логин").fill("ivan the first")
    form.get_by_label("Имя", exact=True).fill("Иван")
    form.get_by_role("button", name="Сохранить").click()
    expect(form.locator("#user-login-error")).to_be_visible()
    assert serious(page) == []
    form.get_by_label("Логин").fill("ivan")
    form.get_by_label("Номер оператора").fill("17")
    form.get_by_role("textbox", name="Команды").click()
    page.get_by_role("option", name="north").click()
    form.get_by_role("button", name="Сохранить").click()
    password = once(page)
    with Client(site.url) as ivan:
        ivan.log_in("ivan", password)
        assert ivan.accounts.get_me().teams == ["north"]
        row(page, "ivan").get_by_role("button").click()
        form = page.get_by_role("dialog", name="Пользователь ivan")
        expect(form.get_by_label("Имя", exact=True)).to_have_value("Иван")
        page.locator("label[for=user-active]").first.click()
        form.get_by_role("button", name="Сохранить").click()
        expect(row(page, "ivan")).to_have_count(0)
        with pytest.raises(ApiError):
            ivan.accounts.get_me()
    page.locator("label[for=users-inactive]").first.click()
    expect(row(page, "ivan")).to_contain_text("отключён")


def test_a_tokens_secret_is_shown_once_and_is_worth_nothing_when_revoked(guest: Visitor, site: Served) -> None:
    page = guest.log_in("boss", path="/administration/tokens")
    page.get_by_role("button", name="Новый токен").click()
    form = page.get_by_role("dialog", name="Новый токен")
    form.get_by_label("Для чего").fill("reports")
    form.get_by_role("button", name="Создать токен").click()
    expect(form).to_contain_text("Выберите хотя бы одно")
    form.get_by_label("Читать звонки и статистику").check()
    form.get_by_role("button", name="Создать токен").click()
    with Client(site.url, Session(once(page), patience_s=0)) as program:
        assert program.calls.list().items
        assert serious(page) == []
        row(page, "reports").get_by_role("button", name="Отозвать reports").click()
        page.get_by_role("dialog").get_by_role("button", name="Отозвать").click()
        expect(row(page, "reports")).to_contain_text("отозван")
        with pytest.raises(ApiError):
            program.calls.list()


def test_an_operators_calls_are_erased_after_the_id_was_typed_again_and_the_log_knows(
    guest: Visitor, site: Served, boss: str
) -> None:
    page = guest.log_in("boss", path="/administration/retention")
    expect(page.locator("#kept")).to_contain_text("365 дней")
    page.get_by_label("Номер оператора").fill("17")
    page.get_by_role("button", name="Удалить…").click()
    sure = page.get_by_role("dialog", name="Удалить навсегда?")
    sure.get_by_label("Чтобы подтвердить, введите 17").fill("18")
    expect(sure.get_by_role("button", name="Удалить навсегда")).to_be_disabled()
    sure.get_by_label("Чтобы подтвердить, введите 17").fill("17")
    sure.get_by_role("button", name="Удалить навсегда").click()
    expect(page.locator("#ledger tbody tr")).to_contain_text("Оператор: 17")
    expect(page.locator("#ledger tbody td").last).to_have_text("1")
    assert serious(page) == []
    with Client(site.url, Session(boss)) as client:
        assert [found.call_id for found in client.calls.list().items] == ["b"]
    guest.open("/administration/audit?action=calls")
    expect(page.locator("#audit-table tbody tr")).to_have_count(1)
    expect(page.locator("#audit-table tbody tr")).to_contain_text("calls.erase_person")
    page.locator("#audit-actor").fill("nobody")
    expect(page.locator("#audit-table")).to_contain_text("Записей нет")
    assert "actor=nobody" in page.url


def row(page: Page, text: str) -> Locator:
    return page.locator("tbody tr").filter(has=page.get_by_text(text, exact=True))


def once(page: Page) -> str:
    """The secret in the window, which is gone when the window is closed."""
    shown = page.get_by_role("dialog", name="Показано один раз")
    secret = shown.locator("#secret-value").inner_text()
    shown.get_by_role("button", name="Скопировал, закрыть").click()
    expect(page.locator("#secret-value")).to_have_count(0)
    return secret
