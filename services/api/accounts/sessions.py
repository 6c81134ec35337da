"""Sessions: opened by a log-in, prolonged by refresh tokens that are valid once, ended by log-out.

A session is a family of refresh tokens, one after another. A token of the family that is not the newest was copied or
replayed: nobody can tell who has the right one, so the session ends. But for the last one before the newest, for some
seconds: two tabs of a browser send the same token at the same moment, and get the same new one.
"""

from datetime import timedelta
from typing import Any

from litestar.exceptions import HTTPException
from sqlalchemy import CursorResult, Result, Update, update
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.settings import Settings
from diktor.wire.accounts import Tokens
from services.api.access.tokens import AccessTokens, Bearer, Claims, digest, joined, new_secret, parted, same
from services.api.accounts.tables import SessionRow, UserRow
from services.api.problems import problem
from services.api.sql.base import new_id, now

PREFIX = "dkr"


class Sessions:
    """The sessions of users."""

    def __init__(self, settings: Settings, tokens: AccessTokens) -> None:
        self._tokens = tokens
        self._life = timedelta(days=settings.api_refresh_days)
        self._grace = timedelta(seconds=settings.api_refresh_grace_s)

    async def open(self, session: AsyncSession, user: UserRow) -> Tokens:
        """A new session."""
        secret = new_secret()
        row = SessionRow(
            id=new_id(), user_id=user.id, refresh_hash=digest(secret), expires_at=now() + self._life, revoked_at=None
        )
        session.add(row)
        await session.flush()
        return self._given(row.id, secret, user)

    def family(self, token: str) -> str:
        """The session that a refresh token is of; not yet whether it is valid.

        Raises:
            401: this is no refresh token.
        """
        bearer = parted(PREFIX, token)
        if bearer is None:
            raise _refused()
        return bearer.id

    async def refresh(self, session: AsyncSession, token: str) -> Tokens:
        """New tokens for a refresh token, which is void from now on; the same ones for who sends it again at once.

        Raises:
            401: it is not valid; a token that was used before ends its session.
        """
        bearer = parted(PREFIX, token)
        row = await session.get(SessionRow, bearer.id) if bearer else None
        if bearer is None or row is None or row.revoked_at is not None or row.expires_at <= now():
            raise _refused()
        if not row.user.active:
            raise _refused()
        at, secret = now(), self._tokens.successor(row.id, bearer.secret)
        changed = await session.execute(
            update(SessionRow)
            .where(SessionRow.id == row.id, SessionRow.refresh_hash == digest(bearer.secret))
            .where(SessionRow.revoked_at.is_(None))
            .values(refresh_hash=digest(secret), refreshed_at=at, expires_at=at + self._life)
            .execution_options(synchronize_session=False)
        )
        if _rows(changed) != 1:
            await session.refresh(row)  # another tab may have been first just now
            if not self._goes_on(row, secret):
                await self.end(session, row.id)
                await session.commit()
                raise problem(401, "this refresh token was used before: its session is ended", "Log in again")
        return self._given(row.id, secret, row.user)

    def _goes_on(self, row: SessionRow, secret: str) -> bool:
        """Whether `secret`, what follows the token that was sent again, is the newest of its session, and new."""
        if row.revoked_at is not None or row.refreshed_at is None:
            return False
        return same(secret, row.refresh_hash) and now() - row.refreshed_at < self._grace

    async def end(self, session: AsyncSession, session_id: str) -> None:
        """End one session."""
        await session.execute(_ending().where(SessionRow.id == session_id))

    async def end_all(self, session: AsyncSession, user: UserRow) -> None:
        """End all sessions of a user."""
        user.version += 1
        await session.execute(_ending().where(SessionRow.user_id == user.id))

    def _given(self, session_id: str, secret: str, user: UserRow) -> Tokens:
        return Tokens(
            access_token=self._tokens.issue(Claims(user.id, session_id, user.version)),
            refresh_token=joined(PREFIX, Bearer(session_id, secret)),
            csrf_token=self._tokens.csrf(session_id),
            expires_in=int(self._tokens.life.total_seconds()),
        )


def _ending() -> Update:
    """Ends every session it is narrowed to."""
    return (
        update(SessionRow)
        .where(SessionRow.revoked_at.is_(None))
        .values(revoked_at=now())
        .execution_options(synchronize_session=False)
    )


def _rows(result: Result[Any]) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount


def _refused() -> HTTPException:
    return problem(401, "this refresh token is not valid, or not any more", "Log in again")
