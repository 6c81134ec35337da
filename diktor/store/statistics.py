"""What supervisors ask of the store: counts over scored calls, from `calls` alone, so that a replay counts once.

A call counts by its newest row; open and failed ones never count. Windows count through the verdicts made of them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from math import isnan
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clickhouse_connect.driver.asyncclient import AsyncClient

from diktor.errors import QueryError
from diktor.settings import Settings
from diktor.store.around import Around, Span, answer, question
from diktor.store.connection import connect, fetched
from diktor.store.figures import (
    QUANTILES,
    Bucket,
    DefectFigures,
    Distribution,
    Drift,
    Figures,
    Group,
    Order,
    Page,
    Reviewed,
    ranked,
    share,
)
from diktor.store.migrate import migrate
from diktor.store.selection import Part, Selection, judgements

Width = Literal["hour", "day", "week"]
By = Literal["operator", "team", "release"]

_STARTS = {
    "hour": "toStartOfHour(started_at, {zone:String})",
    "day": "toStartOfDay(started_at, {zone:String})",
    "week": "toDateTime(toMonday(started_at, {zone:String}), {zone:String})",
}
_GROUPS = {"operator": "operator_id", "team": "team_id", "release": "toString(release)"}


class Statistics:
    """An open connection for reading; safe for many callers at once. Open it with `open`.

    Every method raises `UnavailableError` while ClickHouse is away, `StoreError` for what it refuses and `QueryError`
    for a question that cannot be asked. A query takes `settings.statistics_threads` of the engine's threads, so that
    scoring goes on beside it.
    """

    def __init__(self, client: AsyncClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    @classmethod
    async def open(cls, settings: Settings) -> "Statistics":
        """Connect, applying the migrations that are missing."""
        await migrate(settings)
        return cls(await connect(settings), settings)

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def totals(self, selection: Selection) -> Figures:
        """Everything selected, together; zeros where nothing is."""
        found = await self._grouped("''", selection)
        return found[0][2] if found else Figures(0, 0, tuple(DefectFigures(name) for name in selection.defects))

    async def groups(self, selection: Selection, by: By) -> tuple[Group, ...]:
        """Per operator, team or release with a scored call in the period, by key."""
        if by not in _GROUPS:
            raise QueryError(f"No statistics by {by!r}", f"Ask by {', '.join(_GROUPS)}")
        return tuple(Group(*row) for row in await self._grouped(_GROUPS[by], selection))

    async def ranking(
        self,
        selection: Selection,
        by: By,
        order: Order,
        defect: str,
        *,
        offset: int = 0,
        limit: int = 50,
        descending: bool = True,
    ) -> Page[Group]:
        """A page of operators or teams in an order (see `figures.ranked`); `defect` must be one of the selection's."""
        if defect not in selection.defects:
            raise QueryError(f"No ranking by {defect!r}", f"Order by {', '.join(selection.defects)}")
        return ranked(await self.groups(selection, by), order, defect, offset, limit, descending)

    async def over_time(self, selection: Selection, width: Width, zone: str) -> tuple[Bucket, ...]:
        """Per hour, day or week (from Monday) by the clocks of `zone` (`Europe/Moscow`); empty ones are left out."""
        start = _start(width)
        found = await self._grouped(f"toUnixTimestamp({start})", selection, zone=_zone(zone).key)
        return tuple(Bucket(_moment(key, zone), figures) for key, _, figures in found)

    async def distribution(self, selection: Selection, steps: int = 20) -> tuple[Distribution, ...]:
        """How risks lie, per chosen defect: counts in `steps` (1 to 100) equal steps of 0–100, and `QUANTILES`."""
        if not 1 <= steps <= 100:
            raise QueryError(f"A distribution has 1 to 100 steps, not {steps}")
        part = judgements(selection)
        rows = await self._rows(
            Part(
                f"""SELECT defect, quantilesExactInclusive{QUANTILES}(risk),
                    sumMap([least(toUInt32(floor(risk * {{steps:UInt32}} / 100)), {{steps:UInt32}} - 1)], [toUInt64(1)])
                FROM ({part.sql}) WHERE name != 'not_enough_evidence' GROUP BY defect""",
                {**part.parameters, "steps": steps},
            )
        )
        found = {defect: (tuple(at), dict(zip(*counts, strict=True))) for defect, at, counts in rows}
        return tuple(
            Distribution(name, tuple(counts.get(step, 0) for step in range(steps)), quantiles)
            for name in selection.defects
            for quantiles, counts in [found.get(name, ((), {}))]
        )

    async def drift(self, selection: Selection, width: Width, zone: str) -> tuple[Drift, ...]:
        """What windows said, per release and hour, day or week of their calls: what hears otherwise shows here.

        Calls judged before the means were kept have windows, but none with speech.
        """
        part = judgements(selection)
        rows = await self._rows(
            Part(
                f"""SELECT release, toUnixTimestamp({_start(width)}) AS start, defect,
                    sumIf(windows, opens_channel), sumIf(spoken, opens_channel),
                    sumIf(probability * spoken, spoken > 0) / sumIf(spoken, spoken > 0)
                FROM ({part.sql}) GROUP BY release, start, defect ORDER BY release, start""",
                {**part.parameters, "zone": _zone(zone).key},
            )
        )
        return tuple(
            _drift(release, _moment(start, zone), list(entries), selection.defects)
            for (release, start), entries in groupby(rows, key=lambda row: (row[0], row[1]))
        )

    async def reviewed(self, selection: Selection, by: By) -> tuple[Reviewed, ...]:
        """How often what was flagged was rejected by people, per group and chosen defect with a label, by group."""
        if by not in _GROUPS:
            raise QueryError(f"No statistics by {by!r}", f"Ask by {', '.join(_GROUPS)}")
        part = judgements(selection)
        rows = await self._rows(
            Part(
                f"""SELECT {_GROUPS[by]} AS key, defect,
                    countIf(name = 'likely' AND confirmed), countIf(name = 'likely' AND rejected),
                    countIf(name != 'likely' AND confirmed), countIf(name != 'likely' AND rejected),
                    countIf(NOT confirmed AND NOT rejected)
                FROM ({part.sql}) AS judged
                INNER JOIN
                (
                    SELECT call_id, channel, defect, max(label = 'confirmed') AS confirmed,
                        max(label = 'rejected') AND NOT confirmed AS rejected
                    FROM labels FINAL GROUP BY call_id, channel, defect
                ) AS said USING (call_id, channel, defect)
                WHERE has({{defects:Array(String)}}, defect)
                GROUP BY key, defect ORDER BY key, indexOf({{defects:Array(String)}}, defect)""",
                {**part.parameters, "defects": list(selection.defects)},
            )
        )
        return tuple(
            Reviewed(
                *(key, defect, tp, fp, fn, tn, other),
                false_positive_rate=share(fp, fp + tn),
                false_alarms=share(fp, fp + tp),
            )
            for key, defect, tp, fp, fn, tn, other in rows
        )

    async def around(self, selection: Selection, spans: Sequence[Span], days: int) -> Around:
        """Operators' judged calls of the `days` before their span began against those of the `days` since it ended.

        An operator has one span; the selection's period and operators are those of the spans.
        """
        rows = await self._rows(question(selection, spans, days)) if spans else []
        return answer(selection, rows)

    async def _grouped(self, key: str, selection: Selection, **more: Any) -> list[tuple[Any, str, Figures]]:
        """Key, newest team and figures of every group, by key."""
        part = judgements(selection)
        rows = await self._rows(
            Part(
                f"""SELECT {key} AS key, defect, max(started_at) AS last, argMax(team_id, started_at),
                    countIf(opens_call), sumIf(talk_ms, opens_channel),
                    countIf(name = 'likely'), countIf(name = 'possible'), countIf(name = 'none'),
                    countIf(name = 'not_enough_evidence'), sumIf(risk, name != 'not_enough_evidence')
                FROM ({part.sql}) GROUP BY key, defect ORDER BY key""",
                {**part.parameters, **more},
            )
        )
        return [_figures(key, list(entries), selection.defects) for key, entries in groupby(rows, lambda row: row[0])]

    async def _rows(self, part: Part) -> list[Any]:
        limits = {"max_threads": self._settings.statistics_threads}
        return await fetched(self._client, self._settings, part.sql, part.parameters, limits)


def _figures(key: Any, entries: Sequence[Any], defects: Iterable[str]) -> tuple[Any, str, Figures]:
    known = {entry[1]: _of_defect(entry[1], *entry[6:]) for entry in entries}
    newest = max(entries, key=lambda entry: entry[2])
    figures = Figures(
        calls=sum(entry[4] for entry in entries),
        talk_ms=sum(entry[5] for entry in entries),
        defects=tuple(known.get(name) or DefectFigures(name) for name in defects),
    )
    return key, newest[3], figures


def _of_defect(defect: str, likely: int, possible: int, none: int, too_little: int, risk: float) -> DefectFigures:
    judged = likely + possible + none
    mean = risk / judged if judged else None
    return DefectFigures(defect, likely, possible, none, too_little, mean, share(likely, judged))


def _drift(release: int, start: datetime, entries: Sequence[Any], defects: Iterable[str]) -> Drift:
    means = {entry[2]: None if isnan(entry[5]) else entry[5] for entry in entries}
    windows, spoken = (sum(entry[place] for entry in entries) for place in (3, 4))
    return Drift(release, start, windows, spoken, {name: means.get(name) for name in defects})


def _start(width: Width) -> str:
    if width not in _STARTS:
        raise QueryError(f"No statistics by {width!r}", f"Ask by {', '.join(_STARTS)}")
    return _STARTS[width]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise QueryError(f"No time zone {name!r}", "Write it as Europe/Moscow or UTC") from error


def _moment(seconds: int, zone: str) -> datetime:
    return datetime.fromtimestamp(seconds, _zone(zone))
