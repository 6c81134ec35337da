"""Who a request comes from: a bearer token, else the browser's cookie.

Sessions and tokens are looked up with every request: what was revoked is void at once. A request that is let in by its
cookie and changes something must carry X-CSRF-Token, for a browser sends cookies on behalf of any page.
"""

import hmac
from datetime import timedelta
from typing import Any

from litestar.connection import ASGIConnection
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult, DefineMiddleware
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.wire.accounts import Role, Scope
from services.api.access.principal import Principal
from services.api.access.tokens import AccessTokens, parted, same
from services.api.accounts.tables import ServiceTokenRow, SessionRow
from services.api.problems import problem
from services.api.sql import Database, now

ACCESS_COOKIE, REFRESH_COOKIE, CSRF_COOKIE = "access", "refresh", "csrf"
CSRF_HEADER = "X-CSRF-Token"
SERVICE_PREFIX = "dks"
SAFE = {"GET", "HEAD", "OPTIONS"}
USED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a service token was last used."""


class Authentication(AbstractAuthenticationMiddleware):
    """Sets `user` to a Principal or None; whether None is let in is the guards' matter."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """Raises: 403: a cookie without its CSRF token."""
        scheme, _, given = connection.headers.get("Authorization", "").partition(" ")
        by_cookie = not given
        token = given.strip() if scheme.lower() == "bearer" else connection.cookies.get(ACCESS_COOKIE, "")
        if not token or (given and scheme.lower() != "bearer"):
            return AuthenticationResult(user=None, auth=None)
        database: Database = connection.app.state.database
        tokens: AccessTokens = connection.app.state.access_tokens
        await database.migrate()
        async with database.sessions() as session:
            principal = await identify(session, tokens, token, by_cookie)
        if principal is not None and by_cookie and connection.scope.get("method") not in SAFE:
            check_csrf(tokens, principal.session_id or "", connection.headers.get(CSRF_HEADER, ""))
        return AuthenticationResult(user=principal, auth=None)


def authentication() -> DefineMiddleware:
    """For the application; handlers with `public` in their opt are asked for nothing."""
    return DefineMiddleware(Authentication, exclude_from_auth_key="public")


async def identify(session: AsyncSession, tokens: AccessTokens, token: str, by_cookie: bool) -> Principal | None:
    """Whose token this is, if it is valid now."""
    if parted(SERVICE_PREFIX, token) is not None:
        return None if by_cookie else await service(session, token)
    claims = tokens.read(token)
    if claims is None:
        return None
    row = await session.get(SessionRow, claims.session_id)
    if row is None or row.user_id != claims.user_id or row.revoked_at is not None or row.expires_at <= now():
        return None
    user = row.user
    if not user.active or user.version != claims.version:
        return None
    return Principal(
        user_id=user.id,
        role=Role(user.role),
        teams=frozenset(team.id for team in user.teams if team.active),
        operator_id=user.operator_id,
        session_id=row.id,
        by_cookie=by_cookie,
    )


async def service(session: AsyncSession, token: str) -> Principal | None:
    """The service whose token this is, if it is valid now; when it was used is noted."""
    bearer = parted(SERVICE_PREFIX, token)
    row = await session.get(ServiceTokenRow, bearer.id) if bearer else None
    if bearer is None or row is None or not same(bearer.secret, row.secret_hash) or row.revoked_at is not None:
        return None
    at = now()
    if row.expires_at is not None and row.expires_at <= at:
        return None
    if row.used_at is None or at - row.used_at > USED_EVERY:
        await session.execute(update(ServiceTokenRow).where(ServiceTokenRow.id == row.id).values(used_at=at))
        await session.commit()
    return Principal(token_id=row.id, scopes=frozenset(Scope(scope) for scope in row.scopes))


def check_csrf(tokens: AccessTokens, session_id: str, given: str) -> None:
    """Raises: 403: this is not what the session's pages were given."""
    if not hmac.compare_digest(tokens.csrf(session_id).encode(), given.encode()):
        raise problem(
            403,
            "a change by cookie needs the session's CSRF token",
            f"Send the cookie {CSRF_COOKIE!r} as the header {CSRF_HEADER} too",
        )
