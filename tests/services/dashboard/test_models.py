"""Releases and what serves: supervisors look, administrators change it; Triton and Airflow are away."""

from base64 import b64decode
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import expect

from diktor.releases.document import load_release
from diktor.releases.packing import add
from diktor.releases.pointer import Pointer
from diktor.releases.store import Releases
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.wire.accounts import Role
from tests.support import calls
from tests.support.axe import serious
from tests.support.browser import Visitor
from tests.support.processes import ROOT
from tests.support.releases import small_release
from tests.support.served_api import Served

PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


async def tried(settings: Settings) -> None:
    """A call that release 1 scored, and release 2 beside it: of its second window it thinks otherwise."""
    await calls.store(settings, calls.call("a"))
    opened = await Store.open(settings)
    beside = [msgspec.structs.replace(row, release=2, probability=(0.2, 0.1, 0.1)) for row in calls.windows("a")]
    await opened.insert_shadow_windows(beside)
    await opened.close()


@pytest.fixture(scope="module", autouse=True)
def store(site: Served, tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """The shipped release serves; release 2 is a small one that only has a picture."""
    small: Path = small_release(tmp_path_factory.mktemp("small"))
    (small / "speech_defects_1" / "confusion.png").write_bytes(PICTURE)
    found = Releases.of(site.settings)
    add(found, ROOT / "triton_models")
    add(found, small)
    found.point(Pointer().activated(1))
    site.user(Role.admin, login="boss")
    site.user(Role.supervisor, login="lead", teams=("north",))
    return found


def test_a_supervisor_looks_at_releases_and_changes_nothing(guest: Visitor) -> None:
    page = guest.log_in("lead", path="/models")
    expect(page.locator("#models-serving")).to_contain_text("выпуск 1")
    expect(page.locator("#models-releases tbody tr")).to_have_count(2)
    expect(page.get_by_role("button", name="Включить")).to_have_count(0)
    page.get_by_role("link", name="№ 1", exact=True).click()
    expect(page.locator("h1")).to_have_text("Выпуск 1")
    shipped = load_release(ROOT / "triton_models", 1)
    found = shipped.metrics["test"]["classes"]
    reached = f"{found['macro_f1']:.3f}".replace(".", ",")
    expect(page.locator("#release")).to_contain_text(f"macro-F1 {reached}")
    healthy = page.locator(".confusion").first.locator("tbody tr").first
    expect(healthy.locator("td")).to_have_text([str(count) for count in found["confusion"][0]])
    expect(page.locator(".card-text table").first).to_be_visible()
    assert serious(page) == []
    guest.open("/models/releases/2")
    expect(page.locator("img.picture")).to_have_js_property("naturalWidth", 1)
    guest.open("/models/releases/9")
    expect(page.locator("#release")).to_contain_text("Такого выпуска нет")
    guest.open("/models/comparison")
    expect(page.locator("#compare-first")).to_have_value(f"1 · {shipped.name}")
    expect(page.locator("#compare-second")).to_have_value("2 · small 0")
    expect(page.locator("#compare")).to_contain_text("Нет окон, которые слышали оба выпуска")
    expect(page.locator("#compare")).to_contain_text(reached)
    assert serious(page) == []


def test_releases_that_heard_the_same_windows_are_held_against_each_other(guest: Visitor, site: Served) -> None:
    site.run(tried(site.settings))
    page = guest.log_in("lead", path="/models/comparison?first=1&second=2")
    expect(page.locator("#compare")).to_contain_text("По 2 окнам, звонков: 1")
    burr = page.locator("#compare tbody tr").first
    expect(burr).to_contain_text("Картавость")
    expect(burr).to_contain_text("50,0")  # one of two windows on the same side of the threshold
    assert serious(page) == []


def test_without_airflow_it_is_said_what_is_missing_and_nothing_is_asked_for_ever(guest: Visitor) -> None:
    page = guest.log_in("boss", path="/models/rebuild")
    said = page.get_by_role("alert").filter(has_text="Пересборка недоступна")
    expect(said).to_contain_text("diktor up --with-airflow")
    expect(page.locator("#away")).to_be_hidden()
    assert serious(page) == []
    said.get_by_role("button", name="Проверить снова").click()
    expect(said).to_be_visible()
    guest.open("/models/runs/rebuild_model/manual__1")
    expect(page.get_by_role("alert")).to_contain_text("Пересборка недоступна")
    expect(page.locator("#away")).to_be_hidden()


def test_a_release_is_activated_after_it_was_said_what_happens_and_why_it_failed(
    guest: Visitor, store: Releases
) -> None:
    page = guest.log_in("boss", path="/models")
    page.get_by_role("button", name="На пробу: выпуск 2").click()
    sure = page.get_by_role("dialog")
    sure.get_by_label("Доля звонков, %").fill("0")
    sure.get_by_role("button", name="Да, на пробу").click()
    expect(sure).to_contain_text("От 1 до 100")
    sure.get_by_role("button", name="Отмена").last.click()
    page.get_by_role("button", name="Включить: выпуск 2").click()
    expect(sure).to_contain_text("начатые дослушает выпуск 1")
    expect(sure.get_by_label("Доля звонков, %")).to_be_hidden()
    assert serious(page) == []
    sure.get_by_role("button", name="Да, включить").click()
    ended = page.locator("#models-deployments tbody tr").first
    expect(ended).to_contain_text("не удалось", timeout=60_000)
    expect(ended).to_contain_text("Triton at 127.0.0.1:9 is away")
    expect(ended).to_contain_text("boss")
    expect(page.locator("#models-serving")).to_contain_text("выпуск 1")
    assert store.pointer().active == 1
