"""How much one address may ask: on each route, and of log-ins less. Counted in this process's memory."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request
from litestar.middleware import DefineMiddleware
from litestar.middleware.rate_limit import DurationUnit, RateLimitConfig, get_remote_address

from diktor.settings import Settings

STORE = "limits"
"""A store of its own: what it holds may be dropped at any time."""


def limit(
    name: str,
    count: int,
    unit: DurationUnit = "minute",
    by: Callable[[Request[Any, Any, Any]], str] | None = None,
    only: Callable[[Request[Any, Any, Any]], Awaitable[bool]] | None = None,
) -> DefineMiddleware:
    """A middleware for a route, a router or the application: 429 with Retry-After beyond `count` a unit.

    `by` tells askers apart, by their address where it is None; each route is counted for itself. `only`: which requests
    are counted.
    """
    who = by or get_remote_address

    def asker(request: Request[Any, Any, Any]) -> str:
        return f"{name} {who(request)} {request.method} {request.scope.get('path_template', request.url.path)}"

    counted = RateLimitConfig(
        (unit, count),
        identifier_for_request=asker,
        check_throttle_handler=only,
        store=STORE,
        exclude_opt_key="unlimited",
    )
    return counted.middleware


def limits(settings: Settings) -> list[DefineMiddleware]:
    """Those of the application: on each route, and on what may be guessed at."""

    async def guessable(request: Request[Any, Any, Any]) -> bool:
        return bool(request.route_handler.opt.get("guessable"))

    return [
        limit("all", settings.api_requests_per_minute),
        limit("guessable", settings.api_log_ins_per_minute, only=guessable),
    ]
