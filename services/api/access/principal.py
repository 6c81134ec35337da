"""Who asks: a user with a role, or a service with a token."""

from typing import Any

import msgspec
from litestar import Request

from diktor.wire.accounts import Role, Scope
from services.api.problems import problem


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. A user has a role; a service token has scopes instead.

    `teams` are the ids, as in events, of teams whose calls a supervisor sees; an operator sees those of `operator_id`.
    """

    user_id: str | None = None
    role: Role | None = None
    teams: frozenset[str] = frozenset()
    operator_id: str | None = None
    scopes: frozenset[Scope] = frozenset()
    token_id: str | None = None
    session_id: str | None = None
    by_cookie: bool = False

    @property
    def name(self) -> str:
        """For the audit log: no personal data."""
        return f"user:{self.user_id}" if self.user_id else f"token:{self.token_id}"

    def at_least(self, role: Role) -> bool:
        """Whether this is a user of that role or a higher one."""
        return self.role is not None and self.role.rank >= role.rank


async def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """Raises: 401: nobody signed in."""
    if isinstance(principal := request.scope.get("user"), Principal):
        return principal
    raise problem(401, "nobody is signed in")
