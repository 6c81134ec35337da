"""Operators' calls before and after a moment of each one's own, such as the first time they trained."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from diktor.store.comparison import Pair, Sample
from diktor.store.filters import milliseconds
from diktor.store.selection import Part, Selection, judgements


class Span(msgspec.Struct, frozen=True):
    """What an operator's calls lie around: those before `start` against those from `end` on."""

    operator_id: str
    start: datetime
    end: datetime


class Around(msgspec.Struct, frozen=True):
    """The operators' pairs of samples by defect, and the releases that judged either side."""

    pairs: dict[str, tuple[Pair, ...]]
    releases_before: tuple[int, ...]
    releases_after: tuple[int, ...]


def question(selection: Selection, spans: Sequence[Span], days: int) -> Part:
    """Per operator, defect and side: number, mean and variance of risks, and releases; `days` on either side.

    There must be a span; the selection's period and operators are those of the spans.
    """
    reach = timedelta(days=days)
    part = judgements(
        msgspec.structs.replace(
            selection,
            since=min(span.start for span in spans) - reach,
            until=max(span.end for span in spans) + reach,
            operators=tuple(span.operator_id for span in spans),
        )
    )
    own = "transform(operator_id, {{operator_ids:Array(String)}}, {{{}:Array(Int64)}}, toInt64(0))"
    return Part(
        f"""SELECT operator_id, defect, at >= ends AS later, count(), avg(risk), varSampStable(risk),
            groupUniqArray(release)
        FROM
        (
            SELECT operator_id, defect, risk, release, toUnixTimestamp64Milli(started_at) AS at,
                {own.format("starts")} AS starts, {own.format("ends")} AS ends
            FROM ({part.sql})
            WHERE name != 'not_enough_evidence' AND has({{defects:Array(String)}}, defect)
        )
        WHERE (at >= starts - {{reach:Int64}} AND at < starts) OR (at >= ends AND at < ends + {{reach:Int64}})
        GROUP BY operator_id, defect, later""",
        {
            **part.parameters,
            "starts": [milliseconds(span.start) for span in spans],
            "ends": [milliseconds(span.end) for span in spans],
            "reach": reach // timedelta(milliseconds=1),
            "defects": list(selection.defects),
        },
    )


def answer(selection: Selection, rows: Sequence[Sequence[object]]) -> Around:
    """The rows of `question`; operators without a judged call on either side are left out."""
    samples: dict[tuple[str, str], dict[bool, Sample]] = defaultdict(dict)
    releases: tuple[set[int], set[int]] = (set(), set())
    for operator, defect, later, calls, mean, variance, judges in msgspec.convert(rows, list[_Row], strict=False):
        samples[operator, defect][later] = Sample(calls, mean, variance if calls > 1 else 0.0)
        releases[later].update(judges)
    pairs: dict[str, list[Pair]] = {name: [] for name in selection.defects}
    for (_, defect), sides in samples.items():
        pairs[defect].append(Pair(sides.get(False, Sample()), sides.get(True, Sample())))
    found = {name: tuple(of_defect) for name, of_defect in pairs.items()}
    return Around(found, *(tuple(sorted(side)) for side in releases))


_Row = tuple[str, str, bool, int, float, float, list[int]]
