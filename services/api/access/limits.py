"""How much one address may ask: on each route, and of log-ins less. Counted in this process's memory."""

from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.middleware import DefineMiddleware
from litestar.middleware.rate_limit import DurationUnit, RateLimitConfig, get_remote_address
from litestar.stores.memory import MemoryStore

from diktor.settings import Settings

STORE = "limits"
"""A store of its own: what it holds may be dropped at any time."""


def limit(
    name: str, count: int, unit: DurationUnit = "minute", by: Callable[[Request[Any, Any, Any]], str] | None = None
) -> DefineMiddleware:
    """A middleware for a route, a router or the application: 429 with Retry-After beyond `count` a unit.

    `by` tells askers apart, by their address where it is None; each route is counted for itself.
    """
    who = by or get_remote_address

    def asker(request: Request[Any, Any, Any]) -> str:
        return f"{name} {who(request)} {request.method} {request.scope.get('path_template', request.url.path)}"

    return RateLimitConfig(
        (unit, count), identifier_for_request=asker, store=STORE, exclude_opt_key="unlimited"
    ).middleware


def of_everybody(settings: Settings) -> DefineMiddleware:
    """The limit of the application."""
    return limit("all", settings.api_requests_per_minute)


def store() -> MemoryStore:
    """Where requests are counted."""
    return MemoryStore()
