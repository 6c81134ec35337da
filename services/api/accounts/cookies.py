"""The browser's side of a session: tokens that no script reads, and the CSRF token that the pages send back."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Response

from diktor.settings import Settings
from diktor.wire.accounts import Tokens
from services.api.access.authentication import ACCESS_COOKIE, CSRF_COOKIE, REFRESH_COOKIE

REFRESH_PATH = "/api/v1/accounts"
"""The refresh token is sent where it is used, and nowhere else."""

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def with_cookies(tokens: Tokens, settings: Settings) -> Response[Tokens]:
    """The tokens, in the body and as cookies."""
    response = Response(tokens)
    session_s = settings.api_refresh_days * 86400
    _set(response, settings, ACCESS_COOKIE, tokens.access_token, "/", tokens.expires_in)
    _set(response, settings, REFRESH_COOKIE, tokens.refresh_token, REFRESH_PATH, session_s)
    _set(response, settings, CSRF_COOKIE, tokens.csrf_token, "/", session_s)
    response.headers["Cache-Control"] = "no-store"
    return response


def without_cookies(settings: Settings) -> Response[None]:
    """Nothing, and the cookies gone."""
    response: Response[None] = Response(None, status_code=204)
    for name, path in ((ACCESS_COOKIE, "/"), (REFRESH_COOKIE, REFRESH_PATH), (CSRF_COOKIE, "/")):
        _set(response, settings, name, "", path, 0)
    return response


def _set(response: Response[Any], settings: Settings, name: str, value: str, path: str, max_age: int) -> None:
    response.set_cookie(
        key=name,
        value=value,
        path=path,
        max_age=max_age,
        httponly=name != CSRF_COOKIE,
        samesite="lax",
        secure=urlsplit(settings.api).hostname not in LOOPBACK,
    )
