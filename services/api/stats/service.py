"""What statistics say beyond what the store counts: today against the usual, orders of those with enough calls."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from statistics import median
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from diktor.errors import QueryError
from diktor.store.figures import Bucket, DefectFigures, Figures, Group, Order, ranked, share
from diktor.store.selection import Selection
from diktor.store.statistics import By, Statistics
from diktor.wire.stats import Leaderboard, Overview, Rank

DAYS = 28
"""Whole weeks, so that weekdays and week-ends have their shares."""


async def overview(statistics: Statistics, chosen: Selection, zone: str, at: datetime | None = None) -> Overview:
    """Today by the clocks of `zone` until now (`at`), and the same hours of the days before.

    Raises:
        QueryError: there is no such zone.
    """
    now = (at or datetime.now(UTC)).astimezone(known_zone(zone))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    whole = msgspec.structs.replace(chosen, since=midnight - timedelta(days=DAYS), until=now)
    buckets = await statistics.over_time(whole, "hour", zone)
    today = [bucket.figures for bucket in buckets if bucket.start >= midnight]
    earlier = [bucket for bucket in buckets if bucket.start < midnight and bucket.start.hour <= now.hour]
    days = [added([bucket.figures for bucket in day], chosen.defects) for day in _by_day(earlier)]
    return Overview(
        since=midnight,
        until=now,
        today=added(today, chosen.defects),
        days=len(days),
        before=added(days, chosen.defects),
        usual_calls=median(day.calls for day in days) if days else None,
    )


async def leaderboard(
    statistics: Statistics,
    chosen: Selection,
    by: By,
    order: Order,
    defect: str,
    minimum_calls: int,
    offset: int,
    limit: int,
    descending: bool,
) -> Leaderboard:
    """A page of operators or teams with at least so many calls; `likely` goes by the interval's lower end.

    Raises:
        QueryError: the defect is none of those chosen.
    """
    if defect not in chosen.defects:
        raise QueryError(f"no order by {defect!r}", f"Order by {', '.join(chosen.defects)}")
    groups = await statistics.groups(chosen, by)
    enough: Sequence[Group] = [group for group in groups if group.figures.calls >= minimum_calls]
    page = ranked(enough, order, defect, offset, limit, descending)
    end = offset + len(page.rows)
    return Leaderboard(
        items=[Rank(rank=number, group=group) for number, group in enumerate(page.rows, offset + 1)],
        next=str(end) if end < page.total else None,
        total=page.total,
        too_few=len(groups) - len(enough),
    )


def added(parts: Iterable[Figures], defects: Sequence[str]) -> Figures:
    """Several figures as one: counts are added, means and shares made anew."""
    found = list(parts)
    return Figures(
        calls=sum(part.calls for part in found),
        talk_ms=sum(part.talk_ms for part in found),
        defects=tuple(_defect([part.of(name) for part in found], name) for name in defects),
    )


def known_zone(name: str) -> ZoneInfo:
    """Raises: QueryError: there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise QueryError(f"No time zone {name!r}", "Write it as Europe/Moscow or UTC") from error


def _defect(parts: Sequence[DefectFigures], name: str) -> DefectFigures:
    judged = sum(part.judged for part in parts)
    risk = sum(part.mean_risk * part.judged for part in parts if part.mean_risk is not None)
    likely = sum(part.likely for part in parts)
    return DefectFigures(
        name,
        likely,
        sum(part.possible for part in parts),
        sum(part.none for part in parts),
        sum(part.not_enough_evidence for part in parts),
        risk / judged if judged else None,
        share(likely, judged),
    )


def _by_day(buckets: Sequence[Bucket]) -> Iterable[Iterable[Bucket]]:
    for _, day in groupby(buckets, key=lambda bucket: bucket.start.date()):
        yield list(day)
