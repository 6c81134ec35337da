"""The dashboard as ASGI: Dash is WSGI, its callbacks run in threads."""

from typing import Any, cast

from a2wsgi import WSGIMiddleware

from diktor.settings import Settings
from services.dashboard.app import dashboard

THREADS = 16
"""Callbacks at once; each waits for the API most of its time."""


def asgi(settings: Settings) -> Any:
    """To be served, or put beside the API under one origin."""
    return WSGIMiddleware(cast(Any, dashboard(settings).server), workers=THREADS)
