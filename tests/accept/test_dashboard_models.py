"""An administrator activates a release, puts another on trial and goes back, in a browser, on a real tritonserver."""

import asyncio
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from diktor.releases.packing import add
from diktor.releases.store import Releases
from diktor.settings import Settings
from diktor.wire.accounts import NewUser, Role
from services.api.accounts.first import make_user
from tests.support.browser import chromium, visitor
from tests.support.releases import small_release
from tests.support.stack import embedded_stack
from tests.support.whole import PASSWORD

pytestmark = pytest.mark.accept

DEPLOYS_MS = 120_000


def sure(page: Page, button: str, means: str) -> None:
    """Press a button, read what will happen, and say yes; it is done while one looks on."""
    done = page.locator("#models-deployments tbody tr", has_text="готово")
    before = done.count()
    page.get_by_role("button", name=button, exact=True).first.click()
    expect(page.locator("#models-means")).to_contain_text(means)
    page.click("#models-yes")
    expect(done).to_have_count(before + 1, timeout=DEPLOYS_MS)


def test_a_release_is_activated_tried_and_rolled_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    store = Releases.of(Settings.load(home=home))
    for number, bias in enumerate((0.0, 1.0, -2.0)):
        add(store, small_release(tmp_path / str(number), bias=bias))
    with embedded_stack(home, parts=("clickhouse", "triton", "api")) as stack:
        asyncio.run(make_user(stack.settings, NewUser(login="boss", role=Role.admin, password=PASSWORD)))
        with chromium() as browser, visitor(browser, stack.settings.api) as boss:
            page = boss.log_in("boss", PASSWORD, path="/models")
            serving = page.locator("#models-serving")
            expect(serving).to_contain_text("выпуск 1")
            sure(page, "Включить: выпуск 2", "Выпуск 2 загрузится и проверится")
            expect(serving).to_contain_text("выпуск 2")
            assert store.pointer().active == 2
            sure(page, "На пробу: выпуск 3", "Выпуск 3 загрузится и будет слушать")
            expect(serving).to_contain_text("выпуск 3 на 10 %")
            sure(page, "Вернуть прежний: выпуск 1", "снова будет оценивать выпуск 1")
            expect(serving).to_contain_text("выпуск 1")
            assert store.pointer().active == 1
            assert boss.faults == []
