"""Statistics on the wire: counts of scored calls with their uncertainty. Risk is 0–100, higher is worse."""

from datetime import datetime
from typing import Literal

import msgspec

from diktor.store.comparison import Compared
from diktor.store.figures import Bucket, DefectFigures, Distribution, Drift, Figures, Group, Reviewed, Share

__all__ = [
    "Bucket", "Compared", "DefectEffect", "DefectFigures", "Distribution", "Drift", "Effect", "Figures", "Finding",
    "Group", "Leaderboard", "Overview", "Rank", "Reviewed", "Share",
]  # fmt: skip


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Today so far, and the same part of the `days` days before it that had calls, together.

    `usual_calls` is their median; None: there were none.
    """

    since: datetime
    until: datetime
    today: Figures
    days: int
    before: Figures
    usual_calls: float | None


class Rank(msgspec.Struct, frozen=True, kw_only=True):
    """A place in an order."""

    rank: int
    group: Group


class Leaderboard(msgspec.Struct, frozen=True, kw_only=True):
    """A page of an order. `too_few` operators or teams have fewer calls than asked for and are in no place."""

    items: list[Rank]
    next: str | None
    total: int
    too_few: int


Finding = Literal["better", "worse", "unclear", "not_enough_calls"]
"""What a comparison says: the interval of the difference lies below 0, above, or on both sides of it; or nothing."""


class DefectEffect(msgspec.Struct, frozen=True, kw_only=True):
    """One defect before and after: the judged calls of all who trained, and what those with enough of them show.

    `compared` is None where `finding` is `not_enough_calls`: nobody has the minimum on both sides.
    """

    defect: str
    finding: Finding
    calls_before: int
    calls_after: int
    compared: Compared | None = None


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of the `days` before the first scored attempt of training against those of the `days` since the
    `attempts`-th, of operators who have so many (`trained`).

    A difference is no proof of a cause: who trains may have been asked to after a bad week, and better weeks follow bad
    ones by themselves; and where `releases_before` and `releases_after` are not the same, the ears were others.
    """

    days: int
    attempts: int
    minimum_calls: int
    trained: int
    defects: list[DefectEffect]
    releases_before: list[int]
    releases_after: list[int]
