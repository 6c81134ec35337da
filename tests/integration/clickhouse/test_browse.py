"""Looking for calls on the real engine: filters, pages that stay right while calls come in, tables to take away."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
import pyarrow.parquet
import pytest

from diktor.errors import QueryError
from diktor.rows import CallRow, ChannelVerdict, DefectVerdict, LabelRow
from diktor.scoring.verdict import named
from diktor.store.browse import Browse
from diktor.store.client import Store
from diktor.store.connection import connect
from diktor.store.filters import CallFilter, Place
from diktor.store.labels import Labels
from diktor.store.sight import Sight
from tests.support.clickhouse import ClickHouse

NOW = datetime.now(UTC).replace(microsecond=0)


class Parts(NamedTuple):
    store: Store
    labels: Labels
    browse: Browse


@pytest.fixture
async def parts(engine: ClickHouse) -> AsyncIterator[Parts]:
    settings = engine.settings()
    store, client = await Store.open(settings), await connect(settings)
    for table in ("calls", "labels"):
        await client.command(f"TRUNCATE TABLE {table}")
    labels = await Labels.open(settings)
    yield Parts(store, labels, Browse(store, client, settings))
    for part in (store, labels, client):
        await part.close()


def call(number: int, risk: float | None = 10.0, channel: str = "operator", **more: object) -> CallRow:
    verdict = "not_enough_evidence" if risk is None else named(risk)
    judged = ChannelVerdict(channel, 9000, 3, 6000, (DefectVerdict("rhotacism", risk, verdict, 3.0, ()),), 3)
    began = NOW - timedelta(minutes=number)
    base = CallRow(
        f"call-{number}", "op", "north", "inbound", "s", began, (channel,), 1, 0, "scored", "end", (judged,), NOW
    )
    return msgspec.structs.replace(base, **more)


async def found(parts: Parts, **wanted: object) -> list[str]:
    rows, _ = await parts.browse.page(CallFilter(**wanted), None, 100)
    return [row.call_id.removeprefix("call-") for row in rows]


async def test_calls_are_found_by_what_they_are(parts: Parts) -> None:
    await parts.store.insert_calls(
        [
            call(1, 80.0),
            call(2, 40.0, operator_id="o'neil"),
            call(3, None, team_id="south"),
            call(4, 90.0, "customer"),
            call(5, 60.0, "mixed", release=2),
            call(6, status="open", verdicts=()),
        ]
    )
    await parts.labels.put([LabelRow("call-2", "operator", 0, "rhotacism", "rejected", "s", "", NOW)])
    assert await found(parts) == list("123456")
    assert await found(parts, minimum_risk=50.0) == list("15")
    assert await found(parts, minimum_risk=50.0, channels=("customer",)) == ["4"]
    assert await found(parts, verdict="not_enough_evidence") == ["3"]
    assert await found(parts, defect="stuttering") == []
    assert await found(parts, defect="rhotacism", verdict="possible") == ["2"]
    assert await found(parts, reviewed=True) == ["2"]
    assert await found(parts, reviewed=False, status="scored") == list("1345")
    assert await found(parts, release=2) == ["5"]
    assert await found(parts, since=NOW - timedelta(minutes=2), until=NOW - timedelta(minutes=1)) == ["2"]
    assert await found(parts, sight=Sight(teams=("south",))) == ["3"]
    assert await found(parts, sight=Sight(operators=("o'neil",)).narrowed(("north",), None)) == ["2"]
    assert await found(parts, sight=Sight(teams=("south",)).narrowed(("north",), None)) == []
    with pytest.raises(QueryError, match="unknown defect"):
        await found(parts, defect="lisp")


async def test_pages_show_every_call_once_while_others_come_in(parts: Parts) -> None:
    same = NOW - timedelta(hours=1)
    await parts.store.insert_calls([call(number, started_at=same) for number in range(10)])
    shown: list[str] = []
    place: Place | None = None
    while True:
        rows, place = await parts.browse.page(CallFilter(), place, 3)
        shown += [row.call_id for row in rows]
        await parts.store.insert_calls([call(100 + len(shown), started_at=NOW)])
        if place is None:
            break
        place = Place.read(place.text())
    assert shown == [f"call-{number}" for number in range(9, -1, -1)]


@pytest.mark.parametrize("cursor", ["", "nonsense", "!!!", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OSBh", "é"])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(QueryError, match="cursor"):
        Place.read(cursor)


async def test_what_changed_is_told_in_its_order(parts: Parts) -> None:
    early, late = NOW - timedelta(minutes=9), NOW - timedelta(minutes=1)
    await parts.store.insert_calls([call(1, updated_at=early), call(2, updated_at=late)])
    await parts.store.insert_calls([call(1, status="open", verdicts=(), updated_at=late - timedelta(minutes=1))])
    rows = await parts.browse.changed(NOW - timedelta(minutes=5), 10)
    assert [row.call_id for row in rows] == ["call-1", "call-2"]
    assert rows[0].status == "scored"
    assert [row.call_id for row in await parts.browse.changed(NOW - timedelta(minutes=5), 1)] == ["call-2"]


async def test_a_table_has_a_line_per_call_channel_and_defect(parts: Parts) -> None:
    await parts.store.insert_calls([call(1, 80.5, operator_id='=cmd|"x", y'), call(2, None), call(3, verdicts=())])
    async with parts.browse.table(CallFilter(), "csv") as pieces:
        text = b"".join([piece async for piece in pieces]).decode()
    rows = {row["call_id"]: row for row in csv.DictReader(io.StringIO(text))}
    assert [rows[f"call-{n}"]["risk"] for n in (1, 2, 3)] == ["80.5", "", ""]
    assert rows["call-1"]["operator_id"] == '=cmd|"x", y'
    assert rows["call-1"]["started_at_utc"] == call(1).started_at.strftime("%FT%TZ")
    async with parts.browse.table(CallFilter(minimum_risk=50.0), "parquet") as pieces:
        table = pyarrow.parquet.read_table(io.BytesIO(b"".join([piece async for piece in pieces])))
    assert table.column("risk").to_pylist() == [80.5]
