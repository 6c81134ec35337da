"""What the API keeps no longer than it is good for: hourly, beside the requests. The audit log is kept for ever."""

import asyncio
import logging
from datetime import timedelta

from litestar.stores.memory import MemoryStore
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.errors import DiktorError, told
from services.api.accounts.lockout import FORGOTTEN
from services.api.accounts.tables import LoginFailureRow, SessionRow
from services.api.operations.tables import IdempotencyRow
from services.api.sql import Database, now

log = logging.getLogger(__name__)

EVERY_S = 3600.0
ANSWERS = timedelta(days=1)
"""How long the answer to an Idempotency-Key is given again."""

ENDED = timedelta(days=1)
"""How long it is known of an ended session that it was one."""


async def tidy(session: AsyncSession) -> None:
    """Delete sessions that are over, failures that are forgotten, answers that nobody asks for again."""
    at = now()
    over = (SessionRow.expires_at < at - ENDED) | (SessionRow.revoked_at < at - ENDED)
    await session.execute(delete(SessionRow).where(over).execution_options(synchronize_session=False))
    await session.execute(delete(LoginFailureRow).where(LoginFailureRow.last_at < at - FORGOTTEN))
    await session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < at - ANSWERS))


async def forever(database: Database, counted: MemoryStore) -> None:
    """Tidy the tables, and what counts requests in memory, until cancelled."""
    while True:
        try:
            await database.migrate()
            async with database.sessions() as session:
                await tidy(session)
                await session.commit()
        except (DiktorError, SQLAlchemyError, OSError) as error:
            log.warning("tables are tidied later: %s", told(error))
        await _sweep(counted)


async def _sweep(counted: MemoryStore) -> None:
    """An hour, in which requests of addresses that do not come again are forgotten by the minute."""
    for _ in range(int(EVERY_S / 60)):
        await asyncio.sleep(60)
        await counted.delete_expired()
