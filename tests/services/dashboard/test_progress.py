"""How far somebody has come: their own days, bests and attempts, and what a supervisor sees of it."""

from playwright.sync_api import expect
from sqlalchemy import select

from diktor.wire.accounts import Role
from services.api.accounts.tables import UserRow
from tests.support.axe import serious
from tests.support.browser import Visitor
from tests.support.served_api import Served
from tests.support.trained import attempt, exercise


async def practised(site: Served, login: str) -> str:
    """The id of a user who did better from day to day."""
    async with site.database.sessions() as session:
        user = await session.scalar(select(UserRow.id).where(UserRow.login == login))
        assert user is not None
        given = await exercise(session, user)
        for day, r in ((9, 20.0), (5, 45.0), (1, 80.0)):
            await attempt(session, given, day, r)
        await attempt(session, given, 0, 0.0, "silence")
        await session.commit()
        return str(user)


def test_an_operator_sees_days_bests_and_attempts_and_deletes_one(guest: Visitor, site: Served) -> None:
    site.user(Role.operator, login="anna", operator_id="17", teams=("north",))
    site.run(practised(site, "anna"))
    page = guest.log_in("anna", path="/progress")
    expect(page.locator("#progress-plot")).to_contain_text("3 попытки за 3 дня")
    expect(page.get_by_role("img", name="Звук р: 80 из 100")).to_be_visible()
    expect(page.locator("#progress-lines .scatterlayer .trace")).to_have_count(5)
    rows = page.locator("#progress-attempts tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.filter(has_text="тишина")).to_have_count(1)
    assert serious(page) == []
    best = rows.filter(has_text="звук р 80")
    best.get_by_role("button", name="Удалить").click()
    page.get_by_role("button", name="Оставить").last.click()
    expect(rows).to_have_count(4)
    best.get_by_role("button", name="Удалить").click()
    page.locator("#progress-sure").click()
    expect(rows).to_have_count(3)
    expect(page.get_by_role("img", name="Звук р: 45 из 100")).to_be_visible()
    rows.filter(has_text="звук р 20").get_by_role("link", name="Разбор").click()
    expect(page.locator("#training-result .place")).to_contain_text("забор")


def test_a_supervisor_sees_the_progress_of_those_they_lead_and_no_attempts(guest: Visitor, site: Served) -> None:
    site.user(Role.operator, login="vera", operator_id="18", teams=("north",))
    site.user(Role.operator, login="olga", operator_id="19", teams=("south",))
    user = site.run(practised(site, "vera"))
    other = site.run(practised(site, "olga"))
    site.user(Role.supervisor, login="lead", teams=("north",))
    page = guest.log_in("lead", path="/progress?operator=18")
    expect(page.locator("h1")).to_have_text("Прогресс оператора 18")
    expect(page.locator("#progress-plot")).to_contain_text("3 попытки за 3 дня")
    expect(page.locator("#progress-attempts")).to_have_count(0)
    guest.open(f"/progress?user={user}")
    expect(page.get_by_role("img", name="Звук р: 80 из 100")).to_be_visible()
    guest.open(f"/progress?user={other}")
    expect(page.locator("#progress-bests")).to_contain_text("не в ваших командах")
