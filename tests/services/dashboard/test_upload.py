"""Sending recordings in from a browser: each file's fate is seen, nothing is lost while the network is away."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from diktor.wire.accounts import Role
from tests.services.api.calls.conftest import ingest
from tests.support.axe import serious
from tests.support.browser import Visitor
from tests.support.calls import call, store, wav
from tests.support.processes import free_port
from tests.support.served_api import Served

BROKEN = {"notes.txt": "Это не запись", "broken.mp3": "Это не звуковой файл", "noise.wav": "Это не звуковой файл"}


@pytest.fixture(scope="module")
def beside() -> dict[str, Any]:
    return {"ingest": f"http://127.0.0.1:{free_port()}"}


@pytest.fixture(scope="module")
def taking(site: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The site with a real ingest beside it; no scorer, tests store what it would."""
    with ingest(site.settings, tmp_path_factory.mktemp("ingest")):
        yield site


def recordings(folder: Path, *numbers: int) -> list[Path]:
    paths = []
    for number in numbers:
        (path := folder / f"call-{number}.wav").write_bytes(wav(number, 0.3))
        paths.append(path)
    return paths


def lines(page: Page, state: str) -> Any:
    return page.locator(f"#upload li[data-state={state}]")


def test_of_fifty_files_three_broken_ones_are_named_and_the_others_come_to_verdicts(
    guest: Visitor, taking: Served, tmp_path: Path
) -> None:
    taking.user(Role.supervisor, login="lead", teams=("north", "east"))
    page = guest.log_in("lead", path="/upload")
    files = recordings(tmp_path, *range(47))
    for name in BROKEN:
        (path := tmp_path / name).write_bytes(b"no sound at all")
        files.append(path)
    page.set_input_files("#upload-files", files)
    page.click("#upload-start")
    expect(page.locator("#upload-hint")).to_contain_text("выберите команду")
    page.click("#upload-team")
    page.get_by_role("option", name="east").click()
    page.click("#upload-start")
    expect(lines(page, "sent")).to_have_count(47)
    refused = page.locator("#upload-refused li")
    expect(refused).to_have_count(3)
    for name, why in BROKEN.items():
        expect(refused.filter(has_text=name)).to_contain_text(why)
    ids = [str(link.get_attribute("href")).rpartition("/")[2] for link in page.locator("#upload-list a").all()]
    risks = {call_id: (80.0 if number else 10.0, 20.0, None) for number, call_id in enumerate(ids)}
    taking.run(store(taking.settings, *(call(call_id, "east", risks=risks[call_id]) for call_id in ids)))
    expect(lines(page, "scored")).to_have_count(47)
    expect(page.locator(".verdict", has_text="Картавость: вероятно, 80")).to_have_count(46)
    expect(page.locator("#upload-summary")).to_have_text("Всего: 50 · оценено: 47 · не принято: 3")
    expect(page.locator("#upload-earlier tbody tr")).to_contain_text(["оценено: 47, не принято: 2"])
    assert serious(page) == []
    expect(page).to_have_url(re.compile("batch="))
    page.reload()
    expect(page.locator(".verdict", has_text="Картавость: вероятно, 80")).to_have_count(46)


def test_what_a_click_says_stays_when_the_list_is_drawn_after_it(guest: Visitor, taking: Served) -> None:
    taking.user(Role.supervisor, login="head", teams=("north", "east"))
    page = guest.log_in("head", path="/upload")
    page.locator("#upload-files").wait_for(state="attached")
    page.evaluate(
        """() => {
          diktor.uploads.add([new File(["x"], "call.wav")]);
          document.getElementById("upload-start").click();
        }"""
    )
    expect(lines(page, "held")).to_have_count(1)
    expect(page.locator("#upload-hint")).to_contain_text("выберите команду")


def test_files_wait_for_the_network_and_for_a_session_and_arrive_once(
    guest: Visitor, taking: Served, tmp_path: Path
) -> None:
    taking.user(Role.operator, login="op", operator_id="17", teams=("north",))
    page = guest.log_in("op", path="/upload")
    expect(page.locator("#upload")).to_contain_text("оператор 17")
    page.set_input_files("#upload-files", recordings(tmp_path, *range(100, 104)))
    guest.context.set_offline(True)
    page.click("#upload-start")
    expect(page.locator("#upload-summary")).to_contain_text("Нет связи")
    guest.context.clear_cookies(name="access")  # it ran out meanwhile
    guest.context.set_offline(False)
    expect(lines(page, "sent")).to_have_count(4)
    expect(page.locator("#upload-earlier tbody tr")).to_have_count(0)  # not done: nothing is scored
    page.click("#menu a[href='/upload']")
    page.reload()
    expect(page.locator("#upload-earlier tbody tr")).to_contain_text(["оцениваются: 4"])
