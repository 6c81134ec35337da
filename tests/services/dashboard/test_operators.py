"""Operators and teams: in an order that is sure, each by itself, and nobody else's."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from diktor.wire.accounts import Role
from tests.support.axe import serious
from tests.support.browser import Visitor
from tests.support.calls import call, store
from tests.support.served_api import Served


@pytest.fixture(scope="module", autouse=True)
def people(site: Served) -> None:
    """North: 17 burrs in nearly all of thirty calls, 18 in the only one. South: somebody else's."""
    burrs = [call(f"a{n}", "north", "17", (80.0 if n else 5.0, 10.0, None)) for n in range(30)]
    once = call("b", "north", "18", (90.0, 70.0, 5.0))
    site.run(store(site.settings, *burrs, once, call("c", "south", "21"), call("d", "south", "Анна К.")))
    site.user(Role.supervisor, login="lead", teams=("north",))
    site.user(Role.operator, login="ivan", teams=("north",), operator_id="17")


def test_who_needs_attention_is_first_and_leads_to_what_to_practise(guest: Visitor) -> None:
    page = guest.log_in("lead", path="/operators")
    expect(names(page)).to_have_text(["17", "18"])  # 29 of 30 is surer than 1 of 1
    expect(page.locator("tbody tr").first).to_contain_text("97 %")
    expect(page.locator("tbody tr").first).to_contain_text("n = 30")
    page.get_by_role("button", name="Упорядочить: Фрикативное г").click()
    expect(names(page)).to_have_text(["18", "17"])
    expect(page).to_have_url(re.compile(r"\?defect=fricative_g$"))
    assert serious(page) == []
    page.reload()
    expect(names(page)).to_have_text(["18", "17"])
    page.get_by_role("link", name="17", exact=True).click()
    expect(page.locator("h1")).to_have_text("Оператор 17")
    exercises = page.get_by_role("link", name="Упражнения: звук р, лёгкие")
    expect(exercises).to_have_attribute("href", "/training?sounds=r&difficulty=easy")
    expect(page.locator("#one-figures")).to_contain_text("Команда north: 97 %")
    expect(page.get_by_role("link", name="Успехи в тренировках")).to_have_attribute("href", "/progress?operator=17")
    expect(page.locator("#one-latest tbody a").first).to_have_attribute("href", re.compile("/calls/a"))
    expect(page.locator("#one-trend .js-plotly-plot, #one-spread .js-plotly-plot")).to_have_count(2)
    assert serious(page) == []


def test_a_team_has_its_operators_and_others_teams_are_not_there(guest: Visitor) -> None:
    page = guest.log_in("lead", path="/teams/north")
    expect(page.locator("#one-members tbody tr")).to_have_count(2)
    expect(page.locator("#one-effect")).to_contain_text("Оценённых тренировок ещё не было")
    assert serious(page) == []
    guest.open("/operators/21")
    expect(page.locator("#one-figures")).to_contain_text("нет оценённых звонков")
    expect(page.locator("#one-latest")).to_contain_text("нет")


def test_an_id_may_be_a_name(guest: Visitor, site: Served) -> None:
    site.user(Role.supervisor, login="south", teams=("south",))
    page = guest.log_in("south", path="/operators")
    page.get_by_role("link", name="Анна К.", exact=True).click()
    expect(page.locator("h1")).to_have_text("Оператор Анна К.")
    expect(page.locator("#one-figures")).to_contain_text("1 оценённый звонок")


def test_operators_are_not_shown_others(guest: Visitor) -> None:
    page = guest.log_in("ivan", path="/operators")
    expect(page.locator("h1")).to_have_text("Здесь ничего нет")


def names(page: Page) -> Locator:
    return page.locator("#operators-table tbody tr td:first-child")
