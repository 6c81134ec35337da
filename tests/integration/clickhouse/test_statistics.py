"""Statistics on the real engine against a recount in plain Python: replays count once, what is not judged never."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from diktor.defects import NAMES
from diktor.errors import QueryError
from diktor.releases import DefectCalibration, Release
from diktor.rows import CallRow, ChannelVerdict, DefectVerdict, WindowRow
from diktor.scoring.verdict import named, verdicts
from diktor.store.client import Store
from diktor.store.connection import connect
from diktor.store.figures import QUANTILES, DefectFigures, Figures
from diktor.store.selection import Selection
from diktor.store.statistics import Statistics, Width
from tests.support.clickhouse import ClickHouse

QUOTED = 'O\'Брайен \\ "7"; --'
OPERATORS = {"ivanov": "north", "petrova": "north", QUOTED: "south", "solo": "it's"}
MOSCOW = "Europe/Moscow"
NOW = datetime.now(UTC)  # what was written long ago is deleted


class Parts(NamedTuple):
    """Both sides of the store."""

    store: Store
    ask: Statistics


@pytest.fixture
async def parts(engine: ClickHouse) -> AsyncIterator[Parts]:
    settings = engine.settings()
    found = Parts(await Store.open(settings), await Statistics.open(settings))
    yield found
    await found.store.close()
    await found.ask.close()


def judged(name: str, risk: float | None) -> DefectVerdict:
    verdict = "not_enough_evidence" if risk is None else named(risk)
    return DefectVerdict(name, risk, verdict, 3.0, (), None if risk is None else risk / 200)


def channel(name: str, *risks: float | None, talk_ms: int = 60_000) -> ChannelVerdict:
    defects = tuple(judged(defect, risk) for defect, risk in zip(NAMES, risks, strict=True))
    return ChannelVerdict(name, 2 * talk_ms, 10, talk_ms, defects, spoken=7)


def call(call_id: str, started_at: datetime, *channels: ChannelVerdict, **more: object) -> CallRow:
    names = tuple(item.channel for item in channels)
    row = CallRow(call_id, "ivanov", "north", "inbound", "s", started_at, names, 1, 0, "scored", "end", channels, NOW)
    return msgspec.structs.replace(row, **more)


def year(number: int, **more: object) -> Selection:
    """Every test has a year to itself."""
    limits = {"since": datetime(number, 1, 1, tzinfo=UTC), "until": datetime(number + 1, 1, 1, tzinfo=UTC)}
    return Selection(**{**limits, **more})  # type: ignore[arg-type]


def random_calls(number: int, count: int, seed: int) -> list[CallRow]:
    """Calls of one or two channels over a year, a tenth of them open or failed."""
    random = Random(seed)

    def risk() -> float | None:
        return None if random.random() < 0.2 else round(random.choice((random.uniform(0, 100), 35.0, 50.0, 100.0)), 1)

    def voice(name: str) -> ChannelVerdict:
        return channel(name, risk(), risk(), risk(), talk_ms=random.randrange(300_000))

    rows = []
    for index in range(count):
        operator = random.choice(list(OPERATORS))
        names = random.choice((("customer", "operator"), ("mixed",)))
        moment = datetime(number, 1, 1, tzinfo=UTC) + timedelta(milliseconds=random.randrange(365 * 86_400_000))
        status = random.choices(("scored", "open", "failed"), (90, 5, 5))[0]
        rows.append(
            call(
                f"{number}-{index}", moment, *(map(voice, names) if status != "open" else ()), operator_id=operator,
                team_id=OPERATORS[operator], release=random.choice((1, 2)), status=status,
            )
        )  # fmt: skip
    return rows


def chosen(rows: Iterable[CallRow], selection: Selection) -> list[tuple[CallRow, ChannelVerdict]]:
    """The channels that a selection is about, counted without the engine."""
    return [
        (row, item)
        for row in rows
        if row.status == "scored"
        and selection.since <= row.started_at < selection.until
        and (selection.teams is None or row.team_id in selection.teams)
        and (selection.operators is None or row.operator_id in selection.operators)
        and (selection.releases is None or row.release in selection.releases)
        for item in row.verdicts
        if item.channel in selection.channels
    ]


def recount(found: Sequence[tuple[CallRow, ChannelVerdict]], defects: Sequence[str] = NAMES) -> Figures:
    items = {name: [d for _, v in found for d in v.defects if d.defect == name] for name in defects}

    def of(name: str) -> DefectFigures:
        counts = {word: sum(d.verdict == word for d in items[name]) for word in ("likely", "possible", "none")}
        risks = [d.risk for d in items[name] if d.risk is not None]
        mean = pytest.approx(np.mean(risks), rel=1e-5) if risks else None
        return DefectFigures(name, **counts, not_enough_evidence=len(items[name]) - len(risks), mean_risk=mean)

    return Figures(len({row.call_id for row, _ in found}), sum(v.talk_ms for _, v in found), tuple(map(of, defects)))


def without_intervals(figures: Figures) -> Figures:
    """The interval is figures' own arithmetic and tested there."""
    for item in figures.defects:
        assert (item.likely_share is None) == (item.judged == 0)
        assert item.likely_share is None or item.likely_share.value == item.likely / item.judged
    bare = tuple(msgspec.structs.replace(item, likely_share=None) for item in figures.defects)
    return msgspec.structs.replace(figures, defects=bare)


SELECTIONS = {
    "everything": {},
    "both channels": {"channels": ("operator", "customer")},
    "mono": {"channels": ("operator", "mixed")},
    "a team with a quote": {"teams": ("it's",), "channels": ("mixed", "operator")},
    "an operator with quotes": {"operators": (QUOTED,)},
    "a release and one defect": {"releases": (2,), "defects": ("stuttering",)},
    "defects in another order": {"defects": NAMES[::-1], "teams": ("north", "south")},
    "nobody": {"teams": ()},
    "a month": {"since": datetime(2001, 3, 1, tzinfo=UTC), "until": datetime(2001, 4, 1, tzinfo=UTC)},
}


async def test_figures_are_those_of_a_recount_and_a_replay_changes_none(parts: Parts) -> None:
    rows = random_calls(2001, 600, seed=1)
    await parts.store.insert_calls(rows)
    await parts.store.insert_calls([row for row in rows if row.status != "open"][::2])  # a replay, in another part
    for name, limits in SELECTIONS.items():
        selection = year(2001, **limits)
        found = chosen(rows, selection)
        assert without_intervals(await parts.ask.totals(selection)) == recount(found, selection.defects), name
        for by, key in (("operator", "operator_id"), ("team", "team_id")):
            keys = sorted({getattr(row, key) for row, _ in found}, key=str.encode)
            groups = await parts.ask.groups(selection, by)  # type: ignore[arg-type]
            assert [group.key for group in groups] == keys, name
            for group in groups:
                own = [pair for pair in found if getattr(pair[0], key) == group.key]
                assert without_intervals(group.figures) == recount(own, selection.defects)
                assert group.team_id == own[0][0].team_id
        steps = await parts.ask.distribution(selection, 20)
        for item, defect in zip(steps, selection.defects, strict=True):
            risks = [d.risk for _, v in found for d in v.defects if d.defect == defect and d.risk is not None]
            assert item.defect == defect
            assert list(item.counts) == np.histogram(np.float32(risks), 20, (0, 100))[0].tolist(), name
            assert list(item.quantiles) == pytest.approx(np.quantile(risks, QUANTILES).tolist() if risks else [])


async def test_pages_of_a_ranking_make_up_the_whole(parts: Parts) -> None:
    await parts.store.insert_calls(random_calls(2002, 100, seed=2))
    pages = [await parts.ask.ranking(year(2002), "operator", "risk", NAMES[0], offset=n, limit=1) for n in range(5)]
    risks = [row.figures.of(NAMES[0]).mean_risk or 0.0 for page in pages for row in page.rows]
    assert risks == sorted(risks, reverse=True)
    assert {row.key for page in pages for row in page.rows} == set(OPERATORS)
    assert [len(page.rows) for page in pages] == [1, 1, 1, 1, 0]
    assert {page.total for page in pages} == {4}


async def test_a_call_counts_by_its_newest_row_and_open_and_failed_ones_never(parts: Parts) -> None:
    moment = datetime(2003, 5, 5, tzinfo=UTC)
    later = NOW + timedelta(hours=1)
    first = call("2003-a", moment, channel("operator", 90.0, 10.0, None))
    await parts.store.insert_calls([first, call("2003-b", moment, status="open")])
    again = call("2003-a", moment, channel("operator", 20.0, 10.0, None), updated_at=later, operator_id="petrova")
    late = msgspec.structs.replace(first, status="open", verdicts=(), updated_at=later + timedelta(hours=1))
    await parts.store.insert_calls([again, call("2003-c", moment, channel("operator", 99.0, 99.0, 99.0))])
    await parts.store.insert_calls([late, first])
    await parts.store.insert_calls([call("2003-c", moment, status="failed", updated_at=later)])
    (group,) = await parts.ask.groups(year(2003), "operator")
    assert (group.key, group.figures.calls, group.figures.talk_ms) == ("petrova", 1, 60_000)
    assert [item.mean_risk for item in group.figures.defects] == [20.0, 10.0, None]
    assert [(item.judged, item.not_enough_evidence) for item in group.figures.defects] == [(1, 0), (1, 0), (0, 1)]


async def test_an_empty_period_has_zeros_and_no_groups(parts: Parts) -> None:
    empty = year(1999)
    assert await parts.ask.totals(empty) == Figures(0, 0, tuple(map(DefectFigures, NAMES)))
    assert await parts.ask.groups(empty, "team") == ()
    assert await parts.ask.over_time(empty, "day", MOSCOW) == ()
    assert await parts.ask.drift(empty, "day", MOSCOW) == ()
    assert await parts.ask.reviewed(empty, "team") == ()
    assert {item.counts for item in await parts.ask.distribution(empty, 10)} == {(0,) * 10}


@pytest.mark.parametrize(
    ("width", "zone", "utc", "start"),
    [
        ("day", "UTC", "2004-01-31T23:30:00", "2004-01-31T00:00:00"),
        ("day", MOSCOW, "2004-02-29T23:30:00", "2004-03-01T00:00:00"),  # tomorrow already
        ("day", MOSCOW, "2004-12-04T20:59:59.999", "2004-12-04T00:00:00"),
        ("hour", "Asia/Kolkata", "2004-05-01T23:40:00", "2004-05-02T05:00:00"),  # half an hour off
        ("week", MOSCOW, "2004-06-06T21:30:00", "2004-06-07T00:00:00"),  # Sunday in London, Monday in Moscow
        ("week", "UTC", "2004-07-04T23:59:59", "2004-06-28T00:00:00"),
    ],
)
async def test_buckets_begin_where_the_clocks_of_the_zone_say(
    parts: Parts, width: Width, zone: str, utc: str, start: str
) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    await parts.store.insert_calls([call(f"2004-{utc}-{zone}", moment, channel("operator", 60.0, 1.0, 1.0))])
    around = year(2004, since=moment, until=moment + timedelta(milliseconds=1))
    (bucket,) = await parts.ask.over_time(around, width, zone)
    assert bucket.start == datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    assert bucket.figures == await parts.ask.totals(around)
    (drift,) = await parts.ask.drift(around, width, zone)
    assert drift.start == bucket.start
    assert await parts.ask.over_time(year(2004, since=moment, until=moment), width, zone) == ()


async def test_the_hour_that_autumn_repeats_is_two_hours(parts: Parts) -> None:
    hours = [datetime(2005, 10, 30, hour, 30, tzinfo=UTC) for hour in (0, 1)]  # 02:30 and 02:30 in Berlin
    rows = [call(f"2005-{moment.hour}", moment, channel("operator", 60.0, 1.0, 1.0)) for moment in hours]
    await parts.store.insert_calls(rows)
    found = await parts.ask.over_time(year(2005), "hour", "Europe/Berlin")
    assert [item.start.astimezone(UTC).hour for item in found] == [0, 1]
    assert [item.start.hour for item in found] == [2, 2]
    (day,) = await parts.ask.over_time(year(2005), "day", "Europe/Berlin")
    assert day.figures.calls == 2


async def test_drift_is_the_mean_over_the_stored_windows_however_often_they_are_written(parts: Parts) -> None:
    random, day = np.random.default_rng(6), datetime(2006, 3, 1, 12, tzinfo=UTC)
    by_release: dict[int, list[WindowRow]] = {}
    for index in range(12):
        number, moment = 1 + index % 2, day + timedelta(minutes=index)
        windows = [window(f"2006-{index}", k, number, random) for k in range(int(random.integers(1, 20)))]
        await parts.store.insert_windows(windows)
        await parts.store.insert_windows(windows[::2])
        stored = await parts.store.windows_of(f"2006-{index}")
        row = call(f"2006-{index}", moment, *verdicts(stored, release(number)), release=number)
        await parts.store.insert_calls([row])
        by_release.setdefault(number, []).extend(windows)
    found = await parts.ask.drift(year(2006), "day", MOSCOW)
    assert [item.release for item in found] == [1, 2]
    for item in found:
        windows = by_release[item.release]
        spoken = np.array([row.probability for row in windows if row.probability])
        assert (item.windows, item.spoken) == (len(windows), len(spoken))
        assert list(item.probability) == list(NAMES)
        assert list(item.probability.values()) == pytest.approx(spoken.mean(axis=0).tolist(), abs=1e-5)


def window(call_id: str, index: int, release: int, random: np.random.Generator) -> WindowRow:
    speech = random.random() < 0.7
    probability = tuple(float(np.float32(value)) for value in random.random(3)) if speech else ()
    return WindowRow(
        call_id, "operator", 4000 * index, 4000 * index + 5000, 3000 if speech else 0, probability,
        (4.0, 2.0) if speech else (), ((), (), ()) if speech else (), release, NOW,
    )  # fmt: skip


def release(number: int) -> Release:
    defects = tuple(DefectCalibration(name) for name in NAMES)
    return Release(number, "test", "", "", "", ("a",), defects, ("р", "г"), ("none", *NAMES))


async def test_what_people_say_makes_rates_per_group(parts: Parts, engine: ClickHouse) -> None:
    """Team north: flagged a, b (rejected), c (confirmed); not flagged d (rejected), e (other). South: flagged f."""
    moment = datetime(2007, 1, 2, tzinfo=UTC)
    flagged = {"a": True, "b": True, "c": True, "d": False, "e": False, "f": True, "silent": True}
    rows = [
        call(
            f"2007-{name}", moment, channel("customer", 90.0, 90.0, 90.0),
            channel("operator", 1.0, 80.0 if on else 20.0, 1.0), team_id="south" if name == "f" else "north",
        )
        for name, on in flagged.items()
    ]  # fmt: skip
    await parts.store.insert_calls(rows)
    await parts.store.insert_calls(rows[:3])
    labels = [
        ("a", 0, "rejected"), ("a", 4000, "rejected"), ("b", 0, "rejected"), ("c", 0, "rejected"),
        ("c", 4000, "confirmed"), ("d", 0, "rejected"), ("e", 0, "other"), ("gone", 0, "confirmed"),
        ("f", 0, "confirmed"),
    ]  # fmt: skip
    columns = ["call_id", "channel", "start_ms", "defect", "label", "by", "comment", "at"]
    data = [[f"2007-{c}", "operator", start, "fricative_g", label, "s", "", moment] for c, start, label in labels]
    changed = [*data[-1][:4], "rejected", "s", "", moment + timedelta(days=1)]  # f: a second thought
    client = await connect(engine.settings())
    for batch in (data, data[::2], [changed]):
        await client.insert("labels", batch, column_names=columns)
    await client.close()
    north, south = await parts.ask.reviewed(year(2007), "team")
    assert (north.group, north.defect, south.group) == ("north", "fricative_g", "south")
    assert (north.flagged_confirmed, north.flagged_rejected) == (1, 2)
    assert (north.unflagged_confirmed, north.unflagged_rejected, north.other) == (0, 1, 1)
    assert north.false_positive_rate is not None
    assert north.false_alarms is not None
    assert (north.false_positive_rate.value, north.false_alarms.value) == pytest.approx((2 / 3, 2 / 3))
    assert (south.flagged_confirmed, south.flagged_rejected) == (0, 1)
    (both,) = await parts.ask.reviewed(year(2007), "release")
    assert (both.group, both.flagged_rejected) == ("1", 3)
    assert await parts.ask.reviewed(year(2007, channels=("customer",)), "team") == ()
    assert await parts.ask.reviewed(year(2007, defects=("rhotacism",)), "team") == ()


async def test_calls_stored_before_the_means_were_kept_count_with_their_talk(parts: Parts, engine: ClickHouse) -> None:
    moment = datetime(2008, 1, 2, tzinfo=UTC)
    row = call("2008-old", moment, channel("customer", 1.0, 1.0, 1.0, talk_ms=5), channel("operator", 70.0, 1.0, 1.0))
    plain = msgspec.to_builtins(row.verdicts)
    for item in plain:
        del item["spoken"]
        for defect in item["defects"]:
            del defect["probability"]
    await parts.store.insert_calls([row])
    client = await connect(engine.settings())
    stored = "call_id, operator_id, team_id, started_at, updated_at, release, status, version, " + ", ".join(
        f"verdict.{name}" for name in ("channel", "defect", "risk", "name", "markers")
    )
    await client.command(
        f"INSERT INTO calls ({stored}, verdicts) SELECT {stored.replace('version', 'version + 1')}, {{old:String}} "
        "FROM calls FINAL WHERE call_id = '2008-old'",
        parameters={"old": msgspec.json.encode(plain).decode()},
    )
    await client.close()
    totals = await parts.ask.totals(year(2008))
    assert (totals.calls, totals.talk_ms, totals.of("rhotacism").likely) == (1, 60_000, 1)
    (drift,) = await parts.ask.drift(year(2008), "week", "UTC")
    assert (drift.windows, drift.spoken, set(drift.probability.values())) == (10, 0, {None})


async def test_questions_that_make_no_sense_are_refused(parts: Parts) -> None:
    naive = datetime(2009, 1, 1)
    with pytest.raises(QueryError, match="no zone"):
        year(2009, since=naive)
    with pytest.raises(QueryError, match="ends before it begins"):
        year(2009, until=datetime(2008, 1, 1, tzinfo=UTC))
    with pytest.raises(QueryError, match="unknown defect 'lisp'"):
        year(2009, defects=("lisp",))
    with pytest.raises(QueryError, match="No time zone 'Mars/Olympus'"):
        await parts.ask.over_time(year(2009), "day", "Mars/Olympus")
    with pytest.raises(QueryError, match="Ask by hour, day, week"):
        await parts.ask.over_time(year(2009), "month", MOSCOW)  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="No ranking by 'rhotacism'"):
        await parts.ask.ranking(year(2009, defects=("stuttering",)), "team", "risk", "rhotacism")
    with pytest.raises(QueryError, match="1 to 100 steps"):
        await parts.ask.distribution(year(2009), 0)
