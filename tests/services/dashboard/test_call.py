"""A call: what was heard where, listening to it, what a supervisor says of it, a call that goes on."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from diktor.recordings import Recording, Recordings
from diktor.wire.accounts import Role
from tests.support.axe import serious
from tests.support.browser import Visitor, visitor
from tests.support.calls import NOW, call, store, wav
from tests.support.served_api import Served

CURRENT = "#call-list .piece[aria-current]"


@pytest.fixture(scope="module", autouse=True)
def stored(site: Served, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two calls of the north with recordings, one that is going on, one of another team."""
    folder = tmp_path_factory.mktemp("recordings")
    site.run(
        store(
            site.settings,
            call("first"),
            call("second", risks=(70.0, 10.0, None)),
            call("of south", team="south", operator="stranger"),
            call("going on", status="open", verdicts=(), started_at=NOW),
        )
    )
    path = folder / "in.wav"
    path.write_bytes(wav(1, 9.0))
    for call_id in ("first", "second"):
        names = ("in.wav", path.stat().st_size, "op", "north", "inbound", NOW, ("operator",), 9000, None, NOW)
        Recordings(site.settings.recordings_url).put(Recording(call_id, call_id, *names), path)
    site.user(Role.supervisor, login="lead", teams=("north",))
    site.user(Role.operator, login="op", operator_id="op", teams=("north",))


def labels(page: Page, url: str, call_id: str) -> list[dict[str, Any]]:
    """What the API has of a call."""
    found: list[dict[str, Any]] = page.request.get(f"{url}/api/v1/calls/{call_id}").json()["labels"]
    return found


def test_a_call_is_reviewed_by_keyboard_and_the_labels_arrive_in_the_api(guest: Visitor, site: Served) -> None:
    page = guest.log_in("lead", path="/calls/first")
    expect(page.locator("#call-list .piece")).to_have_count(2)  # the operator's two defects with evidence
    expect(page.locator("#call-verdicts tr", has_text="Картавость")).to_contain_text("80")
    page.keyboard.press("j")
    expect(page.locator(CURRENT)).to_contain_text("0:04")

    page.keyboard.press("n")
    expect(page.locator("#call-said")).to_have_text("Сохранено: отклонить")
    page.keyboard.press("y")
    expect(page.locator(f"{CURRENT} [data-label=confirmed]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#call-said")).to_have_text("Сохранено: подтвердить")
    defect = labels(page, site.url, "first")[0]
    assert (defect["start_ms"], defect["label"], defect["channel"]) == (4000, "confirmed", "operator")

    page.keyboard.press("u")
    expect(page.locator(f"{CURRENT} [data-label=rejected]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("u")
    expect(page.locator("#call-said")).to_have_text("Отменено")
    assert labels(page, site.url, "first") == []

    # Keys are letters while one types.
    page.fill(f"{CURRENT} .comment", "")
    page.locator(f"{CURRENT} .comment").press_sequentially("junk")
    expect(page.locator(f"{CURRENT} .comment")).to_have_value("junk")
    page.keyboard.press("Enter")
    page.keyboard.press("o")
    expect(page.locator("#call-said")).to_have_text("Сохранено: другое")
    assert [(one["label"], one["comment"]) for one in labels(page, site.url, "first")] == [("other", "junk")]
    page.reload()
    expect(page.locator("#call-list [data-said=other] .comment")).to_have_value("junk")

    page.click("#call-next")
    expect(page).to_have_url(f"{site.url}/calls/second?at=4000&channel=operator&defect=rhotacism")
    expect(page.locator(CURRENT)).to_contain_text("Картавость")


def test_one_listens_from_a_piece_of_evidence_and_from_the_plot(guest: Visitor, site: Served) -> None:
    page = guest.log_in("lead", path="/calls/second")
    drawn = "document.querySelector('#call-plot .js-plotly-plot')"
    page.wait_for_function(f"() => {drawn}?.data?.[0].y.length > 0")  # the waveform is there
    guest.context.clear_cookies(name="access")  # the session was not renewed for a while
    page.locator("#call-list .play").first.click()
    sound = "document.querySelector('audio')"
    page.wait_for_function(f"() => {sound}.paused && {sound}.currentTime > 4.4")  # it ends with the piece

    page.locator("#call-plot").scroll_into_view_if_needed()
    place = page.evaluate(
        f"(() => {{ const d = {drawn}, x = d._fullLayout.xaxis, box = d.getBoundingClientRect();"
        " return [box.left + x._offset + x._length * 7 / 9, box.top + 60] })()"
    )
    page.mouse.click(*place)
    page.wait_for_function(f"() => Math.abs({sound}.currentTime - 7) < 0.1")
    expect(page.locator(".playhead")).to_be_visible()
    assert serious(page) == []


def test_a_call_that_goes_on_grows_and_ends_without_a_reload(guest: Visitor, site: Served) -> None:
    page = guest.log_in("lead", path="/calls/going on")
    expect(page.locator("#call-list .piece")).to_have_count(1)
    expect(page.locator("#call-verdicts")).to_contain_text("когда звонок закончится")
    ended = call("going on", started_at=NOW)
    site.run(store(site.settings, msgspec.structs.replace(ended, updated_at=datetime.now(UTC))))
    expect(page.locator("#call-verdicts")).to_contain_text("вероятно", timeout=20_000)
    expect(page.locator("#call-head")).to_contain_text("оценён")


def test_an_operator_sees_their_call_without_reviewing_and_no_other(site: Served, browser: Browser) -> None:
    with visitor(browser, site.url, width=360, height=740, color_scheme="dark") as somebody:
        page = somebody.log_in("op", path="/calls/first")
        expect(page.locator("#call-list .piece").first).to_be_visible()
        expect(page.locator("#call-list [data-label], #call-next, .keys")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.goto(f"{site.url}/calls/of%20south")
        expect(page.locator("#call-page h1")).to_have_text("Здесь ничего нет")
        assert somebody.faults == []
