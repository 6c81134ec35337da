"""Statistics on the wire: counts of scored calls with their uncertainty. Risk is 0–100, higher is worse."""

from datetime import datetime

import msgspec

from diktor.store.figures import Bucket, DefectFigures, Distribution, Drift, Figures, Group, Reviewed, Share

__all__ = [
    "Bucket", "DefectFigures", "Distribution", "Drift", "Effect", "Figures", "Group", "Leaderboard", "Overview", "Rank",
    "Reviewed", "Share",
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


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """An operator's calls before the first attempt of training and since: counts, and shares with their intervals.

    A difference is no proof of a cause: those who train may have been asked to for a reason.
    """

    operator_id: str
    team_id: str
    first_attempt_at: datetime
    attempts: int
    before: Figures
    after: Figures
