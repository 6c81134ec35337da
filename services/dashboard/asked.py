"""Who asks the dashboard, from the request at hand: the API as they see it, their language, their theme, their clock.

The browser's session is the API's (httpOnly cookies); what is asked of the API here is asked with the visitor's token.
Nothing is renewed here: an answer of 401 makes the browser renew the session and ask again (`assets/session.js`).
"""

import weakref
from datetime import datetime, tzinfo
from typing import Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import flask
import httpx

from diktor.client import Client, Session
from diktor.settings import Settings

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = ("ru", "en")

ACCESS, LANGUAGE, THEME, ZONE = "access", "lang", "theme", "tz"
"""Cookies; the last three are set by `assets/session.js`."""

_KEY = "diktor"


class Connection:
    """What all requests share: where the API is, and connections to it."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.api
        self.http = httpx.Client(
            base_url=self.url,
            timeout=httpx.Timeout(60.0, connect=2.0),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
            event_hooks={"request": [_on_behalf]},
        )
        weakref.finalize(self, self.http.close)  # an application has no end of its own


def _on_behalf(request: httpx.Request) -> None:
    """The API speaks the visitor's language, and counts what an address asks: it is the visitor's, where the API
    believes us (`DIKTOR_API_PROXIES`)."""
    request.headers["Accept-Language"] = language()
    if flask.has_request_context() and flask.request.remote_addr:
        request.headers["X-Forwarded-For"] = flask.request.remote_addr


def connect(server: flask.Flask, settings: Settings) -> None:
    """Let `api()` find the API."""
    server.extensions[_KEY] = Connection(settings)


def api() -> Client:
    """The API as the visitor sees it. It is asked once: the browser asks again, where the visitor sees it wait."""
    connection = cast(Connection, flask.current_app.extensions[_KEY])
    session = Session(flask.request.cookies.get(ACCESS, ""), patience_s=0)
    return Client(connection.url, session, connection.http)


def language() -> Language:
    """What the visitor chose, else what their browser prefers, else Russian."""
    if not flask.has_request_context():
        return "ru"
    request = flask.request
    chosen = request.cookies.get(LANGUAGE) or request.accept_languages.best_match(LANGUAGES, "ru")
    return "en" if chosen == "en" else "ru"


def theme() -> Literal["light", "dark"]:
    """What the visitor chose or their system prefers, as the browser told last."""
    return "dark" if flask.has_request_context() and flask.request.cookies.get(THEME) == "dark" else "light"


def zone() -> tzinfo:
    """The visitor's time zone, as their browser told; UTC before it did."""
    try:
        return ZoneInfo(flask.request.cookies.get(ZONE, "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def local(moment: datetime) -> datetime:
    """A moment on the visitor's clock."""
    return moment.astimezone(zone())
