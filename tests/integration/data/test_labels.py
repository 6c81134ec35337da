"""Labels on the real engine: said, imported, given out; of windows that exist, and the latest word holds."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as some

from diktor import labels as tables
from diktor.cli.labels import labels as command
from diktor.errors import DiktorError
from diktor.rows import LabelRow, WindowRow
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.store.labels import Labels

NOW = datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments)])


def add(verdict: str = "confirmed", **changed: object) -> Result:
    given = {"call": "c-1", "channel": "operator", "start-ms": 4000, "defect": "rhotacism", **changed}
    return run("add", *(text for name, value in given.items() for text in (f"--{name}", value)), "--verdict", verdict)


def stored(settings: Settings) -> list[LabelRow]:
    async def read() -> list[LabelRow]:
        connection = await Labels.open(settings)
        try:
            return await connection.all()
        finally:
            await connection.close()

    return asyncio.run(read())


@pytest.fixture(autouse=True)
def windows(settings: Settings) -> None:
    """Two calls of one channel with windows at 0, 4000 and 8000 ms."""

    async def write() -> None:
        store = await Store.open(settings)
        await store.insert_windows(
            [
                WindowRow(
                    call, "operator", start, start + 5000, 3200, (0.5, 0.2, 0.1), (2.0, 1.0), ((), (), ()), 1, NOW
                )
                for call in ("c-1", "c-2")
                for start in (0, 4000, 8000)
            ]
        )
        await store.close()

    asyncio.run(write())


def test_the_latest_word_on_a_window_holds(settings: Settings) -> None:
    assert add(by="Анна", comment="ясно слышно").exit_code == 0
    assert add("rejected").exit_code == 0
    assert add("other", defect="stuttering").exit_code == 0
    first, second = stored(settings)
    assert (first.call_id, first.channel, first.start_ms, first.defect, first.label) == (
        "c-1", "operator", 4000, "rhotacism", "rejected",
    )  # fmt: skip
    assert (second.defect, second.label) == ("stuttering", "other")
    assert datetime.now(UTC) - first.at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"call": "c-3"}, "has no stored windows"),
        ({"channel": "customer"}, "no channel 'customer': operator"),
        ({"start-ms": 4100}, "no window begins at 4100 ms; near it: 4000, 8000"),
        ({"defect": "lisp"}, "unknown defect 'lisp': rhotacism"),
        ({"by": "x" * 201}, "by is longer"),
    ],
)
def test_nothing_is_said_of_windows_that_do_not_exist(settings: Settings, changed: dict[str, str], said: str) -> None:
    result = add(**changed)
    assert isinstance(result.exception, DiktorError)
    assert said in str(result.exception)
    assert stored(settings) == []


def test_a_table_is_taken_as_a_whole_or_not_at_all(settings: Settings, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(
        "call,channel,start_ms,defect,verdict,by,comment,at\n"
        "c-1,operator,0,rhotacism,confirmed,Анна,,\n"
        'c-1,operator,4000,fricative_g,rejected,Анна,"тихо, но слышно",2026-11-20T10:00:00+03:00\n'
        "c-1,operator,1,rhotacism,confirmed,,,\n"
        "c-9,operator,0,rhotacism,confirmed,,,\n"
        "c-2,operator,0,rhotacism,perhaps,,,\n"
        "c-2,operator,zero,rhotacism,confirmed,,,\n"
        "c-2,operator,0,rhotacism\n"
        "c-2,,0,rhotacism,confirmed,,,\n"
        "c-2,operator,0,stuttering,confirmed,,,\n"
        "c-2,operator,0,stuttering,rejected,,,\n"
        "c-2,operator,0,rhotacism,confirmed,,,2026-11-20T10:00:00\n"
        "c-2,operator,0,rhotacism,confirmed,,,2126-11-20T10:00:00Z\n",
        "utf-8",
    )
    refused = run("import", table)
    assert refused.exit_code == 1
    for line, said in (
        (4, "no window begins at 1 ms"),
        (5, "call 'c-9' has no stored windows"),
        (6, "unknown verdict 'perhaps'"),
        (7, "start_ms 'zero' is no number"),
        (8, "another number of columns"),
        (9, "channel is empty"),
        (10, "it says confirmed, labels.csv, line 11 says rejected"),
        (11, "it says rejected, labels.csv, line 10 says confirmed"),
        (12, "has no time zone"),
        (13, "is not in the past"),
    ):
        (told,) = (text for text in refused.output.splitlines() if text.startswith(f"wrong labels.csv, line {line}:"))
        assert said in told
    assert stored(settings) == []
    taken = run("import", table, "--drop")
    assert taken.exit_code == 0, taken.output
    assert "2 labels stored" in taken.output
    assert [(row.defect, row.label, row.comment) for row in stored(settings)] == [
        ("rhotacism", "confirmed", ""),
        ("fricative_g", "rejected", "тихо, но слышно"),
    ]


def test_what_is_given_out_can_be_taken_in_and_older_words_hide_no_newer_ones(
    settings: Settings, tmp_path: Path
) -> None:
    add(by="Анна", comment='so; "quoted",\nand more')
    add("other", defect="stuttering")
    before = stored(settings)
    assert run("export", "--out", tmp_path / "all.csv").exit_code == 0
    assert run("export").output == (tmp_path / "all.csv").read_text("utf-8")
    add("rejected")
    assert run("import", tmp_path / "all.csv").exit_code == 0
    now = stored(settings)
    assert [row.label for row in now] == ["rejected", "other"]
    assert now[1] == before[1]
    assert run("export", "--out", tmp_path / "all.parquet").exit_code == 0
    table = pyarrow.parquet.read_table(tmp_path / "all.parquet").to_pylist()
    assert [(row["call"], row["start_ms"], row["verdict"], row["at"]) for row in table] == [
        (row.call_id, row.start_ms, row.label, row.at) for row in now
    ]
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


TEXT = some.text(some.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(str.strip)


@trying(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(by=TEXT, comment=TEXT, start=some.integers(0, 2**32 - 1), at=some.datetimes(max_value=datetime(2026, 1, 1)))
def test_any_words_come_back_from_csv(tmp_path: Path, by: str, comment: str, start: int, at: datetime) -> None:
    moment = max(at, datetime(1990, 1, 1)).replace(tzinfo=UTC)
    row = LabelRow("c", "operator", start, "rhotacism", "other", by, comment, moment)
    (tmp_path / "t.csv").write_text(tables.to_csv([row]), "utf-8", newline="")
    listed, problems = tables.read(tmp_path / "t.csv")
    assert not problems
    assert [item.row for item in listed] == [row]
