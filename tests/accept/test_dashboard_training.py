"""Practising in a browser: every kind of take at the microphone, on the shipped release and Whisper."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import expect

from deploy.embedded.stack import Stack
from tests.support.api import AWAY, SECRET
from tests.support.browser import chromium, visitor
from tests.support.microphone import at_exercise, mastery, microphone, record
from tests.support.processes import free_port
from tests.support.served_api import Served, served
from tests.support.site import whole_site
from tests.support.takes import take
from tests.support.trained import TEXT
from tests.support.triton import start_triton

pytestmark = [pytest.mark.accept, pytest.mark.timeout(1200)]

OTHER = "Рапортовал, да не дорапортовал, стал дорапортовывать, зарапортовался."
LOW = {"healthy": None, "rhotacism": "r", "fricative_g": "g", "stuttering": "fluency"}
TIMES = 3
"""Eight seconds of speech are needed to judge fluency by."""

SOUNDS = {"r": "Звук р", "g": "Звук г", "fluency": "Плавность"}


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with start_triton(tmp_path_factory.mktemp("triton")) as stack:
        yield stack


@pytest.fixture(scope="module")
def judged_by(triton: Stack) -> dict[str, Any]:
    return {name: getattr(triton.settings, name) for name in ("triton", "model_repository", "releases")}


@pytest.fixture(scope="module")
def site(judged_by: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with whole_site(tmp_path_factory.mktemp("site"), **judged_by) as running:
        yield running


@pytest.mark.parametrize("version", LOW)
def test_what_a_take_has_is_low_and_the_rest_is_not_and_progress_shows_it(
    site: Served, tmp_path: Path, version: str
) -> None:
    said = take(TEXT, version, TIMES)
    with chromium(microphone(tmp_path, said)) as browser, visitor(browser, site.url) as somebody:
        page = at_exercise(somebody, site, version)
        record(page, said)
        page.click("[data-do=send]")
        found = mastery(page)
        print(f"\n{version}: {found}")
        for part, name in SOUNDS.items():
            assert found[part] is not None
            assert (found[part] < 50) == (part == LOW[version]), f"{name} of {version}: {found}"
        somebody.open("/progress")
        row = page.locator("#progress-attempts tbody tr")
        expect(row).to_have_count(1)
        for part, name in SOUNDS.items():
            expect(row).to_contain_text(f"{name.lower()} {found[part]}")
            expect(page.get_by_role("img", name=f"{name}: {found[part]} из 100")).to_be_visible()
        expect(page.locator("#progress-lines .scatterlayer .trace")).to_have_count(6)
        row.get_by_role("button", name="Слушать").click()
        expect(row.get_by_role("button", name="Слушать")).to_have_attribute("aria-pressed", "true")
        assert somebody.faults == []


@pytest.mark.parametrize(
    ("what", "pcm", "why"),
    [
        ("silence", np.zeros(24_000, np.int16), "Речи не слышно"),
        ("another text", take(OTHER, "healthy", 1), "Услышано не то"),
    ],
    ids=["silence", "another text"],
)
def test_what_is_no_attempt_is_said_to_be_none(
    site: Served, tmp_path: Path, what: str, pcm: NDArray[np.int16], why: str
) -> None:
    with chromium(microphone(tmp_path, pcm)) as browser, visitor(browser, site.url) as somebody:
        page = at_exercise(somebody, site, what.replace(" ", "-"))
        record(page, pcm)
        page.click("[data-do=send]")
        expect(page.locator("#training-result")).to_contain_text(why, timeout=240_000)
        assert somebody.faults == []


def test_a_browser_without_worklets_records_opus(site: Served, tmp_path: Path) -> None:
    said = take(TEXT, "rhotacism", TIMES)
    with chromium(microphone(tmp_path, said)) as browser, visitor(browser, site.url) as somebody:
        somebody.page.add_init_script("delete window.AudioWorkletNode")
        page = at_exercise(somebody, site, "opus")
        record(page, said)
        page.click("[data-do=send]")
        found = mastery(page)
        print(f"\nopus: {found}")
        assert (found["r"] or 0) < 50 < (found["g"] or 0)


def test_a_take_outlives_a_restart_of_the_api_that_is_longer_than_patience(
    judged_by: dict[str, Any], tmp_path: Path
) -> None:
    said = take(TEXT, "rhotacism", TIMES)
    home = {**AWAY, **judged_by, "home": tmp_path / "home", "api_secret": SECRET}
    home["api"] = f"http://127.0.0.1:{free_port()}"
    with chromium(microphone(tmp_path, said)) as browser, ExitStack() as opened:
        before = opened.enter_context(served(with_dashboard=True, **home))
        with visitor(browser, before.url) as somebody:
            page = at_exercise(somebody, before, "restart")
            record(page, said)
            opened.close()
            page.click("[data-do=send]")
            expect(page.locator("#away")).to_be_visible()
            expect(page.locator("#recorder-says")).to_contain_text("сохранена в этом браузере", timeout=120_000)
            with served(with_dashboard=True, **home):
                page.reload()
                expect(page.locator("#recorder-says")).to_contain_text("сохранена в браузере")
                page.click("[data-do=send]")
                assert (mastery(page)["r"] or 0) < 50
