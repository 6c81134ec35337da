"""Rebuilding: the form is the pipeline's own, what it refuses is said at its field, a run is followed."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from diktor.wire.accounts import Role
from tests.support.airflow import StandIn, stand_in
from tests.support.axe import serious
from tests.support.browser import Visitor
from tests.support.served_api import Served


@pytest.fixture(scope="module")
def airflow() -> Iterator[StandIn]:
    with stand_in() as started:
        yield started


@pytest.fixture(scope="module")
def beside(airflow: StandIn) -> dict[str, Any]:
    return {"airflow": airflow.url, "airflow_password": "a-password"}


def test_a_rebuild_is_started_followed_and_done_again(guest: Visitor, site: Served, airflow: StandIn) -> None:
    site.user(Role.admin, login="boss")
    page = guest.log_in("boss", path="/models/rebuild")
    page.get_by_label("Базовый корпус, минут").fill("5000")
    page.get_by_label("Название выпуска").fill("on our calls")
    page.get_by_label("Этап 2, проходов").fill("0")
    page.get_by_role("textbox", name="Зёрна").fill("many")
    page.keyboard.press("Enter")
    assert serious(page) == []
    page.get_by_role("button", name="Запустить").click()
    expect(page.get_by_text("5000 is greater than the maximum of 2000")).to_be_visible()
    expect(page.get_by_text("'many' is not of type 'integer'")).to_be_visible()
    expect(page.get_by_label("Название выпуска")).to_have_value("on our calls")
    expect(page.get_by_text("0 is less than the minimum of 1")).to_be_visible()
    assert airflow.started == []
    page.get_by_label("Этап 2, проходов").fill("3")
    page.get_by_label("Этап 1, проходов").fill("2")
    page.get_by_label("Этап 1, проходов").clear()
    page.get_by_label("Базовый корпус, минут").fill("10")
    page.get_by_role("textbox", name="Зёрна").press("Backspace")
    page.get_by_role("textbox", name="Если в данных ошибки").click()
    page.get_by_role("option", name="drop").click()
    page.get_by_role("switch", name="Включить").check(force=True)
    page.get_by_role("button", name="Запустить").click()
    run = page.locator("#rebuild-runs tbody a")
    expect(run).to_have_count(1)
    changed = {"base_minutes": 10, "name": "on our calls", "offenders": "drop", "deploy": True, "train_epochs": 3}
    assert airflow.started == [changed]  # the rest is the form's own
    run.click()
    expect(page.locator("#run")).to_contain_text("fetch: the archive is not there")
    assert serious(page) == []
    page.get_by_role("button", name="Повторить то, что не удалось").click()
    expect(page.locator("#run")).to_contain_text("Сейчас: fetch")
    assert airflow.cleared


def test_a_supervisor_sees_runs_and_starts_none(guest: Visitor, site: Served) -> None:
    site.user(Role.supervisor, login="lead", teams=("north",))
    page = guest.log_in("lead", path="/models/rebuild")
    expect(page.get_by_text("Запускать может только администратор")).to_be_visible()
    expect(page.get_by_role("button", name="Запустить")).to_have_count(0)
