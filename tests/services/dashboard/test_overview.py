"""What one sees first, and the list of calls behind every figure."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from diktor.wire.accounts import Role
from tests.support.browser import Visitor, visitor
from tests.support.calls import NOON, NOW, call, store
from tests.support.served_api import Served

ROWS = "#calls-grid .ag-center-cols-container .ag-row[row-id]"


@pytest.fixture(scope="module", autouse=True)
def stored(site: Served) -> None:
    """Of the north: an operator who is often heard, one who hardly is; 130 calls in all, which is more than a page."""
    recent = [
        call(
            f"{operator}-{number}",
            operator=operator,
            risks=(80.0 if number % every == 0 else 5.0, 10.0, None),
            started_at=NOW - timedelta(minutes=number + 1),
        )
        for operator, every in (("often", 2), ("seldom", 40))
        for number in range(65)
    ]
    site.run(store(site.settings, *recent, call("of south", team="south", operator="stranger")))
    site.user(Role.supervisor, login="lead", teams=("north",))
    site.user(Role.operator, login="seldom", operator_id="seldom", teams=("north",))


def grid(page: Page) -> list[str]:
    """The operators of the rows on the screen."""
    found: list[str] = page.locator(f"{ROWS} [col-id=operator_id]").all_inner_texts()
    return found


def test_a_supervisor_sees_who_needs_attention_and_opens_the_calls_behind_it(guest: Visitor, site: Served) -> None:
    page = guest.log_in("lead")
    attention = page.locator("#overview-attention li")
    expect(attention.first).to_contain_text("often")
    expect(attention.first).to_contain_text("чаще, чем в команде")
    expect(attention.first).to_contain_text("33 из 65 звонков")
    expect(page.locator("#overview-today")).to_contain_text("Картавость сегодня")
    expect(page.locator("#overview-health")).to_contain_text("Triton")  # it is away here, and that is said
    expect(page.locator("#overview-open")).to_contain_text("никто не говорит")

    attention.first.get_by_role("link", name="Картавость").click()
    expect(page).to_have_url(re.compile(r"/calls\?operator=often&defect=rhotacism&verdict=likely$"))
    expect(page.locator(ROWS).first).to_contain_text("вероятно")
    assert set(grid(page)) == {"often"}


def test_a_call_appears_on_the_overview_as_it_begins_and_says_what_was_heard_when_it_ends(
    guest: Visitor, site: Served
) -> None:
    with guest.page.expect_response("**/api/v1/events"):
        page = guest.log_in("lead")
    expect(page.locator("#overview-open")).to_contain_text("никто не говорит")
    began = call("live", operator="speaker", status="open", verdicts=(), updated_at=datetime.now(UTC))
    site.run(store(site.settings, began))
    expect(page.locator("#overview-open")).to_contain_text("speaker", timeout=20_000)
    site.run(store(site.settings, call("live", operator="speaker", updated_at=datetime.now(UTC))))
    expect(page.locator("#overview-open")).to_contain_text("закончен: Картавость вероятно", timeout=20_000)
    page.locator("#overview-open a", has_text="speaker").click()
    expect(page).to_have_url(f"{site.url}/calls/live")
    expect(page.locator("#call-verdicts")).to_contain_text("вероятно")


def test_the_list_is_narrowed_by_its_address_read_to_its_end_and_taken_away(guest: Visitor, site: Served) -> None:
    page = guest.log_in("lead", path="/calls?operator=often&minimum_risk=50")
    expect(page.locator(ROWS).first).to_contain_text("вероятно")
    expect(page.locator("#calls-minimum_risk")).to_have_value("50")
    with page.expect_download() as download:
        page.click("#calls-csv")
    lines = download.value.path().read_text("utf-8").splitlines()
    assert len({line.split(",")[0] for line in lines[1:]}) == 33

    page.goto(f"{site.url}/calls")
    expect(page.locator(ROWS).first).to_be_visible()
    page.evaluate("dash_ag_grid.getApi('calls-grid').ensureIndexVisible(99)")
    expect(page.locator(f"{ROWS}[row-index='99']")).to_be_visible()
    page.wait_for_function("() => dash_ag_grid.getApi('calls-grid').getDisplayedRowCount() >= 130")
    page.evaluate("dash_ag_grid.getApi('calls-grid').ensureIndexVisible(129)")
    expect(page.locator(f"{ROWS}[row-index='129'] a")).to_be_visible()  # the second page begins where the first ended

    page.fill("#calls-minimum_risk", "99")
    expect(page.locator(".ag-overlay")).to_contain_text("Таких звонков нет")
    expect(page).to_have_url(f"{site.url}/calls?minimum_risk=99")
    page.fill("#calls-minimum_risk", "70")
    page.locator(f"{ROWS} [col-id=operator_id]").first.click()
    expect(page.locator("h1")).to_have_text("Звонок")
    page.go_back()
    expect(page.locator("#calls-minimum_risk")).to_have_value("70")
    page.locator(f"{ROWS}[row-index='1'] [col-id=status]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Звонок")


def test_an_operator_sees_their_own_figures_and_calls(site: Served, browser: Browser) -> None:
    with visitor(browser, site.url, timezone_id=NOON) as guest:
        own_figures_and_calls(guest.log_in("seldom"))


def own_figures_and_calls(page: Page) -> None:
    expect(page.locator("h1")).to_have_text("Мои звонки")
    expect(page.locator("#overview-today")).to_contain_text("65")
    expect(page.locator("#overview-attention, #overview-open")).to_have_count(0)
    page.click("#menu a[href='/calls']")
    expect(page.locator(ROWS).first).to_be_visible()
    expect(page.locator("#calls-operator")).to_be_hidden()
