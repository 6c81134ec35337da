"""Logging in and out, and one's own account."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.openapi import ResponseSpec
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.settings import Settings
from diktor.wire.accounts import ChangePassword, LogIn, Refresh, Tokens, User
from services.api.access import Principal
from services.api.access.authentication import CSRF_HEADER, REFRESH_COOKIE, check_csrf
from services.api.access.guards import PUBLIC
from services.api.accounts import lockout
from services.api.accounts.cookies import with_cookies, without_cookies
from services.api.accounts.passwords import Passwords
from services.api.accounts.service import by_login, check_password, normal, shown, user_of
from services.api.accounts.sessions import Sessions
from services.api.operations import audit
from services.api.problems import problem

ENDED = {204: ResponseSpec(None, description="it is over", generate_examples=False)}


class AccountController(Controller):
    """One's own account."""

    path = "/accounts"
    tags = ("accounts",)

    @post(
        "/log-in", operation_id="accounts_log_in", summary="Log in", opt={**PUBLIC, "guessable": True}, status_code=200
    )
    async def log_in(
        self, data: LogIn, request: Request[Any, Any, Any], session: AsyncSession, state: State, settings: Settings
    ) -> Response[Tokens]:
        """Tokens, in the answer and as cookies. An unknown login is answered as a wrong password is, and as late."""
        login, address = normal(data.login), request.client.host if request.client else ""
        await lockout.count(session, login, address)
        user = await by_login(session, login)
        passwords: Passwords = state.passwords
        if not await passwords.right(data.password, user.password_hash if user else None) or user is None:
            await audit.record(session, None, "accounts.log_in_failed", subject=user.id if user else "")
            await session.commit()
            raise problem(401, "login or password is wrong", "Try again, or ask an administrator for a new password")
        await lockout.clear(session, login, address)
        await audit.record(session, Principal(user_id=user.id), "accounts.log_in", subject=user.id)
        sessions: Sessions = state.sessions
        return with_cookies(await sessions.open(session, user), settings)

    @post("/refresh", operation_id="accounts_refresh", summary="New tokens", opt=PUBLIC, status_code=200)
    async def refresh(
        self, data: Refresh, request: Request[Any, Any, Any], session: AsyncSession, state: State, settings: Settings
    ) -> Response[Tokens]:
        """For a refresh token, which is void afterwards. Sent again some seconds later it ends its session."""
        sessions: Sessions = state.sessions
        token = data.refresh_token
        if token is None:
            token = request.cookies.get(REFRESH_COOKIE, "")
            check_csrf(state.access_tokens, sessions.family(token), request.headers.get(CSRF_HEADER, ""))
        return with_cookies(await sessions.refresh(session, token), settings)

    @post("/log-out", operation_id="accounts_log_out", summary="End this session", status_code=204, responses=ENDED)
    async def log_out(
        self, principal: Principal, session: AsyncSession, state: State, settings: Settings
    ) -> Response[None]:
        """Its access and refresh tokens are void at once."""
        sessions: Sessions = state.sessions
        await sessions.end(session, principal.session_id or "")
        await audit.record(session, principal, "accounts.log_out", subject=principal.user_id or "")
        return without_cookies(settings)

    @post(
        "/log-out-everywhere",
        operation_id="accounts_log_out_everywhere",
        summary="End all sessions",
        status_code=204,
        responses=ENDED,
    )
    async def log_out_everywhere(
        self, principal: Principal, session: AsyncSession, state: State, settings: Settings
    ) -> Response[None]:
        """On every device."""
        sessions: Sessions = state.sessions
        await sessions.end_all(session, await user_of(session, principal.user_id or ""))
        await audit.record(session, principal, "accounts.log_out_everywhere", subject=principal.user_id or "")
        return without_cookies(settings)

    @get("/me", operation_id="accounts_get_me", summary="Who am I")
    async def me(self, principal: Principal, session: AsyncSession) -> User:
        """The user whose session this is."""
        return shown(await user_of(session, principal.user_id or ""))

    @post("/password", operation_id="accounts_change_password", summary="Change one's password", status_code=200)
    async def change_password(
        self,
        data: ChangePassword,
        request: Request[Any, Any, Any],
        principal: Principal,
        session: AsyncSession,
        state: State,
        settings: Settings,
    ) -> Response[Tokens]:
        """All sessions end; the answer begins a new one."""
        user, address = await user_of(session, principal.user_id or ""), request.client.host if request.client else ""
        passwords: Passwords = state.passwords
        await lockout.count(session, user.login, address)
        if not await passwords.right(data.current, user.password_hash):
            raise problem(403, "the current password is wrong", "Try again, or ask an administrator for a new one")
        check_password(data.new, user.login)
        user.password_hash = await passwords.hashed(data.new)
        sessions: Sessions = state.sessions
        await sessions.end_all(session, user)
        await lockout.clear(session, user.login, address)
        await audit.record(session, principal, "accounts.change_password", subject=user.id)
        return with_cookies(await sessions.open(session, user), settings)
