"""Progress over days, and personal bests: of scored attempts, per part."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.wire.training import Best, Figures, Part, ProgressPoint
from services.api.sql import now
from services.api.training.tables import AttemptRow

FIGURES: Final[tuple[Part | Literal["total"], ...]] = ("total", "r", "g", "fluency", "tempo", "completeness")
"""Columns of attempts."""


async def days(session: AsyncSession, user_id: str, back: int) -> list[ProgressPoint]:
    """The days of the last `back` that have scored attempts, in UTC, oldest first."""
    query = (
        select(AttemptRow)
        .where(
            AttemptRow.user_id == user_id,
            AttemptRow.outcome == "scored",
            AttemptRow.created_at >= now() - timedelta(days=back),
        )
        .order_by(AttemptRow.id)
    )
    found = (await session.scalars(query)).all()
    return [_point(list(rows)) for _, rows in groupby(found, key=lambda row: row.created_at.date())]


async def bests(session: AsyncSession, user_id: str) -> list[Best]:
    """The best in total and in each part, of equal ones the first."""
    found: list[Best] = []
    for part in FIGURES:
        column = getattr(AttemptRow, part)
        query = select(AttemptRow).where(AttemptRow.user_id == user_id, column.is_not(None))
        row = await session.scalar(query.order_by(column.desc(), AttemptRow.id).limit(1))
        if row is not None:
            found.append(Best(part=part, mastery=getattr(row, part), attempt_id=row.id, at=row.created_at))
    return found


def _point(rows: list[AttemptRow]) -> ProgressPoint:
    figures = {part: _mean(getattr(row, part) for row in rows) for part in FIGURES}
    return ProgressPoint(day=rows[0].created_at.date(), attempts=len(rows), mastery=Figures(**figures))


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 1) if known else None
