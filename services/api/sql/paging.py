"""A page of rows: the cursor is the last row's id, so that new rows move nothing."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.wire import Page
from services.api.sql.base import Base

R = TypeVar("R", bound=Base)
T = TypeVar("T")


async def page_of(
    session: AsyncSession,
    query: Select[tuple[R]],
    table: type[R],
    shown: Callable[[R], T],
    limit: int,
    cursor: str | None,
    ascending: bool = False,
) -> Page[T]:
    """`limit` rows of the query as they are shown, those after the cursor: newest first, or by ascending ids."""
    if cursor is not None:
        query = query.where(table.id > cursor if ascending else table.id < cursor)
    order = table.id.asc() if ascending else table.id.desc()
    rows = list((await session.scalars(query.order_by(order).limit(limit + 1))).all())
    more = len(rows) > limit
    return Page(items=[shown(row) for row in rows[:limit]], next=rows[limit - 1].id if more else None)
