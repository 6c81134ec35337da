"""What statistics answer: counts with their uncertainty, so that a small number is seen to be one."""

from collections.abc import Sequence
from datetime import datetime
from math import sqrt
from typing import Generic, Literal, TypeVar

import msgspec

from diktor.errors import QueryError

R = TypeVar("R")

Order = Literal["key", "calls", "talk", "risk", "likely"]


QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


class Share(msgspec.Struct, frozen=True):
    """A share 0..1 and its 95 % interval."""

    value: float
    low: float
    high: float


class DefectFigures(msgspec.Struct, frozen=True):
    """How calls were judged for one defect: their number by verdict.

    `mean_risk` (0–100) and `likely_share` are over the judged ones, those with enough evidence; None: there are none.
    """

    defect: str
    likely: int = 0
    possible: int = 0
    none: int = 0
    not_enough_evidence: int = 0
    mean_risk: float | None = None
    likely_share: Share | None = None

    @property
    def judged(self) -> int:
        """Calls with enough evidence."""
        return self.likely + self.possible + self.none


class Figures(msgspec.Struct, frozen=True):
    """Scored calls, the talk in the chosen channels in ms, and every chosen defect in the order asked for.

    With several channels chosen a call counts once in `calls` and once per channel in `defects`.
    """

    calls: int
    talk_ms: int
    defects: tuple[DefectFigures, ...]

    def of(self, defect: str) -> DefectFigures:
        """One defect's; zeros where it was not asked for."""
        return next((item for item in self.defects if item.defect == defect), DefectFigures(defect))


class Group(msgspec.Struct, frozen=True):
    """The figures of an operator, a team or a release; `team_id` is the newest in the period."""

    key: str
    team_id: str
    figures: Figures


class Bucket(msgspec.Struct, frozen=True):
    """The figures of an hour, day or week that begins at `start`."""

    start: datetime
    figures: Figures


class Distribution(msgspec.Struct, frozen=True):
    """How one defect's risks lie: `counts` in equal steps from 0 to 100 (100 in the last), and its `QUANTILES`.

    Quantiles are interpolated between two calls, as numpy does by default; empty where no call was judged.
    """

    defect: str
    counts: tuple[int, ...]
    quantiles: tuple[float, ...]


class Drift(msgspec.Struct, frozen=True):
    """A release's windows in a bucket of time: how many, how many with speech, and their mean probability by defect."""

    release: int
    start: datetime
    windows: int
    spoken: int
    probability: dict[str, float | None]


class Reviewed(msgspec.Struct, frozen=True):
    """What people said of calls of one group and defect: those with the verdict `likely` (flagged) and the others.

    A call's channel is confirmed when any of its windows is, else rejected when any is; `other` ones are in no rate.
    `false_positive_rate` is the flagged share of the rejected, `false_alarms` the rejected share of the flagged: people
    review what was flagged, so that the second is the one to believe while few others are reviewed.
    """

    group: str
    defect: str
    flagged_confirmed: int
    flagged_rejected: int
    unflagged_confirmed: int
    unflagged_rejected: int
    other: int
    false_positive_rate: Share | None
    false_alarms: Share | None


class Page(msgspec.Struct, Generic[R], frozen=True):
    """Some of `total` rows."""

    rows: tuple[R, ...]
    total: int


def share(count: int, of: int) -> Share | None:
    """`count` of `of` with Wilson's score interval at 95 % (Wilson 1927, 10.1080/01621459.1927.10502953); None of 0."""
    if of == 0:
        return None
    z, p = 1.959964, count / of
    centre, spread = p + z * z / (2 * of), z * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return Share(p, max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def ranked(
    groups: Sequence[Group], order: Order, defect: str, offset: int, limit: int, descending: bool = True
) -> Page[Group]:
    """A page of groups in order; equal ones by key, those without a judged call last, so that pages never overlap.

    `risk` and `likely` are those of `defect`. `likely` goes by the interval's lower end: one call of one is not first.

    Raises:
        QueryError: a negative offset or limit, or an order that does not exist.
    """
    if offset < 0 or limit < 0 or order not in _ORDERS:
        raise QueryError(f"No such page: {limit} rows from {offset} by {order}", f"Order by {', '.join(_ORDERS)}")
    by_key = sorted(groups, key=lambda group: group.key, reverse=descending and order == "key")
    if order == "key":
        return Page(tuple(by_key[offset : offset + limit]), len(by_key))
    known = [(value, group) for group in by_key if (value := _measure(group.figures, order, defect)) is not None]
    unknown = [group for group in by_key if _measure(group.figures, order, defect) is None]
    known.sort(key=lambda pair: -pair[0] if descending else pair[0])
    rows = [*(group for _, group in known), *unknown]
    return Page(tuple(rows[offset : offset + limit]), len(rows))


_ORDERS: tuple[Order, ...] = ("key", "calls", "talk", "risk", "likely")


def _measure(figures: Figures, order: Order, defect: str) -> float | None:
    if order == "calls":
        return figures.calls
    if order == "talk":
        return figures.talk_ms
    found = figures.of(defect)
    if order == "risk":
        return found.mean_risk
    return found.likely_share.low if found.likely_share else None
