"""Who the client is, and what it does when it is refused: one set of rules for both kinds of client.

`exchange` decides and neither sends nor sleeps: it yields what is to be done next and is told what came of it.
"""

import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import NamedTuple

import httpx
import msgspec

from diktor.client.errors import of_response
from diktor.wire.accounts import Refresh, Tokens

REFRESH = "/api/v1/accounts/refresh"
FIRST_WAIT_S = 1.0
"""Doubled with every refusal that does not say when to ask again."""


class Send(NamedTuple):
    """Send the request once, with this access token."""

    token: str


class Renew(NamedTuple):
    """Have a new access token, unless somebody had one since this one was refused."""

    refused: str


class Wait(NamedTuple):
    """Do nothing for so long."""

    seconds: float


class Session:
    """Tokens, and how long to be patient. `changed` is told of new tokens; with `refresh` empty none can be had."""

    def __init__(
        self,
        access: str = "",
        refresh: str = "",
        patience_s: float = 30.0,
        changed: Callable[[Tokens], None] = lambda tokens: None,
    ) -> None:
        self.access, self.refresh = access, refresh
        self._patience_s = patience_s
        self._changed = changed

    def take(self, tokens: Tokens) -> None:
        """Go on with these."""
        self.access, self.refresh = tokens.access_token, tokens.refresh_token
        self._changed(tokens)

    def renewal(self) -> bytes:
        """The body of a request for new tokens."""
        return msgspec.json.encode(Refresh(refresh_token=self.refresh))

    def renewed(self, answer: httpx.Response) -> None:
        """Raises: ApiError: the session has ended; log in again."""
        if answer.is_success:
            return self.take(msgspec.json.decode(answer.content, type=Tokens))
        self.refresh = ""
        raise of_response(answer)

    def exchange(self) -> Generator[Send | Renew | Wait, httpx.Response | None, None]:
        """Until a response is to be taken as it is; each step is answered with the latest response."""
        deadline, wait, renewed = time.monotonic() + self._patience_s, FIRST_WAIT_S, False
        while True:
            token = self.access
            response = yield Send(token)
            if response is None:
                raise AssertionError("a request that was sent has a response")
            if response.status_code == 401 and self.refresh and not renewed:
                renewed = True
                yield Renew(token)
                continue
            if response.status_code not in (429, 503):
                return
            seconds = retry_after(response)
            pause, wait = (wait, 2 * wait) if seconds is None else (seconds, wait)
            if time.monotonic() + pause > deadline:
                return
            yield Wait(pause)


def without_cookies(cookies: httpx.Cookies) -> None:
    """None is kept: who the client is, its token says alone."""
    cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))


def retry_after(response: httpx.Response) -> float | None:
    """Seconds that Retry-After asks for, which may be a date (RFC 9110, 10.2.3)."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isdigit():
        return float(told)
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
