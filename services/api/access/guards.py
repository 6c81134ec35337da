"""What a route asks of whoever comes: `signed_in` (every route under /api/v1), `at_least` a role, a token's `scoped`.

A service token passes only where a route says `scoped`; a user passes there in any role, and `at_least` narrows that.
"""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from diktor.wire.accounts import Role, Scope
from services.api.access.principal import Principal
from services.api.problems import problem

Connection = ASGIConnection[Any, Any, Any, Any]

PUBLIC = {"public": True}
"""A handler's `opt`: whoever asks is answered."""


class scoped:
    """A service token needs this scope; a user of any role passes."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Raises: 403: a token without the scope."""
        principal = _principal(connection)
        if principal.role is None and self.scope not in principal.scopes:
            raise problem(403, f"this token lacks the scope {self.scope.value}")


class at_least:
    """A user needs this role or a higher one; tokens are `scoped`'s matter."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Raises: 403: a user of a lower role."""
        principal = _principal(connection)
        if principal.role is not None and not principal.at_least(self.role):
            raise problem(403, f"this is for the role {self.role.value} or a higher one")


def signed_in(connection: Connection, handler: BaseRouteHandler) -> None:
    """Raises: 401: nobody is signed in. 403: a service token where no scope lets it in."""
    if handler.opt.get("public"):
        return
    principal = _principal(connection)
    guards = [guard for layer in handler.ownership_layers for guard in layer.guards or ()]  # as they were written
    if principal.role is None and not any(isinstance(guard, scoped) for guard in guards):
        raise problem(403, "service tokens may not do this")


def _principal(connection: Connection) -> Principal:
    principal = connection.scope.get("user")
    if not isinstance(principal, Principal):
        raise problem(401, "nobody is signed in, or the token is not valid any more")
    return principal
