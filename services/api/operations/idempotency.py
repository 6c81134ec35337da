"""The same request sent twice is done once: a request with an Idempotency-Key has its answer kept for a day.

A key belongs to whoever asks and to the operation. What is kept is committed at once, in sessions of its own: a request
that takes minutes holds no transaction.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from services.api.access.principal import Principal
from services.api.operations.tables import IdempotencyRow
from services.api.problems import problem
from services.api.sql.base import now
from services.api.sql.engine import Database

KEPT = timedelta(days=1)
ABANDONED = timedelta(hours=1)
"""A request that has not ended after so long died with its process: its key is free again."""

LONGEST = 200
RETRY_S = 5

T = TypeVar("T")


async def once(
    database: Database,
    principal: Principal,
    operation: str,
    key: str | None,
    digest: str,
    answer: type[T],
    work: Callable[[], Awaitable[T]],
) -> T:
    """What `work` answers, or answered when this request came before; a failure is not kept.

    `digest` is that of everything the request says; without a key the work is done each time.

    Raises:
        HTTPException: 422: the key came with another request. 409: the first one is still under way.
    """
    if key is None:
        return await work()
    if not 1 <= len(key) <= LONGEST:
        raise problem(422, "Idempotency-Key is too long or empty", f"Send 1 to {LONGEST} characters, such as a UUID")
    place = hashlib.sha256(f"{principal.name}\n{operation}\n{key}".encode()).hexdigest()
    known = await _begun(database, place, digest)
    if known is not None:
        return msgspec.convert(known.answer, answer)
    try:
        result = await work()
    except BaseException:
        async with database.sessions() as session:
            await session.execute(delete(IdempotencyRow).where(IdempotencyRow.id == place))
            await session.commit()
        raise
    kept: Any = msgspec.to_builtins(result)
    async with database.sessions() as session:
        await session.execute(update(IdempotencyRow).where(IdempotencyRow.id == place).values(status=200, answer=kept))
        await session.commit()
    return result


async def _begun(database: Database, place: str, digest: str) -> IdempotencyRow | None:
    """The request that has an answer; None: it begins now."""
    at = now()
    async with database.sessions() as session:
        old = (IdempotencyRow.created_at < at - KEPT) | (
            (IdempotencyRow.status.is_(None)) & (IdempotencyRow.created_at < at - ABANDONED)
        )
        await session.execute(delete(IdempotencyRow).where(old))
        await session.commit()
        session.add(IdempotencyRow(id=place, digest=digest, status=None, answer=None))
        try:
            await session.commit()
        except IntegrityError:
            await session.rollback()
        else:
            return None
        row = await session.get(IdempotencyRow, place)
    if row is None or row.status is None:
        raise problem(409, "a request with this Idempotency-Key is under way", "Ask again soon", RETRY_S)
    if row.digest != digest:
        raise problem(422, "this Idempotency-Key came with another request", "Use a new key for each request")
    return row
