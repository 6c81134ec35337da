"""Log-ins that fail again and again have to wait, longer each time; the same whether the user exists or not."""

import hashlib
import math
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from services.api.accounts.tables import LoginFailureRow
from services.api.problems import problem
from services.api.sql.base import now

FREE_HERE, FREE_ANYWHERE = 5, 50
"""Failures without a wait: from one address, from all together."""

FIRST_S, LONGEST_S = 15, 900
FORGOTTEN = timedelta(days=1)


async def count(session: AsyncSession, login: str, address: str) -> None:
    """Count an attempt, before it is known whether it is right: many at once find no gap.

    Raises:
        429: there were too many; with the seconds to wait.
    """
    at = now()
    waits = []
    for key, free in ((_key(login, address), FREE_HERE), (_key(login, ""), FREE_ANYWHERE)):
        row = await session.scalar(select(LoginFailureRow).where(LoginFailureRow.id == key))
        if row is not None and row.count >= free and at - row.last_at < FORGOTTEN:
            wait_s = min(FIRST_S * 2 ** min(row.count - free, 16), LONGEST_S)
            waits.append((row.last_at + timedelta(seconds=wait_s) - at).total_seconds())
    if (left := max(waits, default=0.0)) > 0:
        raise problem(
            429, "too many log-ins failed", "Wait as long as Retry-After says, or ask an administrator", math.ceil(left)
        )
    for key in (_key(login, address), _key(login, "")):
        await _add(session, key)
    await session.commit()


async def clear(session: AsyncSession, login: str, address: str) -> None:
    """The right password came: what failed from here is forgotten, and no longer held against the login."""
    keys = (_key(login, address), _key(login, ""))
    await session.execute(delete(LoginFailureRow).where(LoginFailureRow.id.in_(keys)))


async def _add(session: AsyncSession, key: str) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    at = now()
    row = insert(LoginFailureRow).values(id=key, created_at=at, count=1, last_at=at)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=[LoginFailureRow.id], set_={"count": LoginFailureRow.count + 1, "last_at": at}
        )
    )


def _key(login: str, address: str) -> str:
    """No login is kept of somebody who has no account."""
    return hashlib.sha256(f"{login}\n{address}".encode()).hexdigest()
