"""Practising in a browser with a microphone, judged by the shipped release and Whisper, and what stands in the way."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from deploy.embedded.stack import Stack
from services.api.training.tables import AttemptRow
from tests.support.axe import serious
from tests.support.browser import Visitor, chromium, visitor
from tests.support.microphone import at_exercise, mastery, microphone, record
from tests.support.served_api import Served
from tests.support.takes import take
from tests.support.trained import TEXT
from tests.support.triton import start_triton


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with start_triton(tmp_path_factory.mktemp("triton")) as stack:
        yield stack


@pytest.fixture(scope="module")
def beside(triton: Stack) -> dict[str, Any]:
    settings = triton.settings
    return {name: getattr(settings, name) for name in ("triton", "model_repository", "releases")}


async def attempts(site: Served) -> list[str]:
    async with site.database.sessions() as session:
        return list(await session.scalars(select(AttemptRow.exercise_id)))


@pytest.mark.timeout(900)  # Whisper on a busy machine
def test_a_burred_take_survives_reload_and_lost_network_and_its_sound_is_low(site: Served, tmp_path: Path) -> None:
    said = take(TEXT, "rhotacism", 3)
    with chromium(microphone(tmp_path, said)) as browser, visitor(browser, site.url) as somebody:
        page = at_exercise(somebody, site, "anna")
        expect(page.locator(".twister mark")).to_have_text(["р", "р", "р", "р"])
        record(page, said)
        page.reload()
        expect(page.locator("#recorder-says")).to_contain_text("сохранена в браузере")
        somebody.context.set_offline(True)
        page.click("[data-do=send]")
        expect(page.locator("#away")).to_be_visible()
        somebody.context.set_offline(False)
        found = mastery(page)
        assert (found["r"] or 0) < 50 < (found["g"] or 0)
        assert (found["fluency"] or 0) > 50
        expect(page.locator("#training-result .place").filter(has_text="разговор")).to_have_count(1)
        assert len(site.run(attempts(site))) == 1
        assert serious(page) == []
        page.reload()  # the address holds what was reached
        assert mastery(page) == found
        page.get_by_role("button", name="Сложнее").click()
        expect(page.locator("#recorder")).to_have_attribute("data-phase", "ready")
        expect(page.locator("#training-result")).to_be_empty()
        expect(page.locator(".twister")).not_to_have_text(TEXT)
        expect(page).to_have_url(re.compile("difficulty=hard"))
        assert somebody.faults == []


@pytest.mark.timeout(900)
def test_a_silent_take_is_said_to_be_silent_before_and_after_it_is_sent(site: Served, tmp_path: Path) -> None:
    silence = np.zeros(16_000, np.int16)
    with chromium(microphone(tmp_path, silence)) as browser, visitor(browser, site.url) as somebody:
        page = at_exercise(somebody, site, "vera")
        record(page, silence)
        expect(page.locator("#recorder-says")).to_contain_text("В записи тишина")
        somebody.open("/training")  # it is not lost at another text, or at none
        page.locator("#recorder-kept").get_by_role("link", name=TEXT).click()
        expect(page.locator("#recorder-says")).to_contain_text("сохранена в браузере")
        page.click("[data-do=send]")
        expect(page.locator("#training-result")).to_contain_text("Речи не слышно", timeout=240_000)
        page.click("[data-do=again] >> visible=true")
        expect(page.locator("[data-do=start]")).to_be_focused()
        assert somebody.faults == []


def test_what_stands_in_the_way_of_a_microphone_is_said(guest: Visitor, site: Served) -> None:
    page = at_exercise(guest, site, "olga")
    page.click("[data-do=start]")
    expect(page.locator("#recorder-says")).to_contain_text(re.compile("микрофону запрещён|Микрофон не найден"))
    expect(page.locator("#recorder")).to_have_attribute("data-phase", "ready")
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    page.reload()
    expect(page.locator("#recorder-says")).to_contain_text("по http с другого компьютера")
