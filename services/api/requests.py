"""Every request gets an id, a line in the log and a place in the metrics: by operation, never by person."""

import logging
import re
import secrets
import time

import structlog
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from diktor.metrics import API_REQUESTS, API_SECONDS

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_BEGUN = "diktor_request"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
QUIET = {"operations_live", "operations_ready", "operations_metrics"}
"""What probes ask all the time."""


class Requests(ASGIMiddleware):
    """Outermost: what is logged from here on names the request; a sane id that the asker sent is kept."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Give the request an id."""
        given = Headers.from_scope(scope).get(HEADER, "")
        request_id = given if _SANE.fullmatch(given) else secrets.token_hex(8)
        scope["state"][_BEGUN] = (request_id, time.monotonic())
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await next_app(scope, receive, send)


async def note(message: Message, scope: Scope) -> None:
    """Before an answer is sent, whoever gives it: its id, its metrics, its line."""
    if message["type"] != "http.response.start":
        return
    request_id, started = scope["state"].get(
        _BEGUN, (secrets.token_hex(8), time.monotonic())
    )  # no route: no middleware
    MutableScopeHeaders.from_message(message)[HEADER] = request_id
    operation = getattr(scope.get("route_handler"), "operation_id", None)
    name = operation if isinstance(operation, str) else "other"
    seconds = time.monotonic() - started
    API_REQUESTS.labels(name, message["status"]).inc()
    API_SECONDS.labels(name).observe(seconds)
    if name not in QUIET:
        found = {"operation": name, "status": message["status"], "duration_ms": round(seconds * 1000)}
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            log.info("answered", extra=found)
