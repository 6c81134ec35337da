"""Whose token lets calls in: ingest's own, or a service token of the API with the scope `ingest`.

What the API says of a token is believed for some seconds, so that not every recording asks. While the API is away its
tokens are answered 503; ingest's own needs nobody.
"""

import hashlib
import hmac
import time

import httpx

from diktor.errors import UnavailableError
from diktor.settings import Settings

PREFIX = "dks_"
"""How the API's service tokens begin."""

BELIEVED_S = 5.0
MOST = 1000
"""Answers that are kept at once."""


class Tokens:
    """Knows tokens. `close` it at the end."""

    def __init__(self, settings: Settings) -> None:
        self._own = settings.ingest_token.get_secret_value()
        self._url = f"{settings.api.rstrip('/')}/api/v1/tokens/introspect"
        self._api = httpx.AsyncClient(timeout=5.0)
        self._known: dict[str, tuple[float, bool]] = {}

    @property
    def set(self) -> bool:
        """Whether there is any token that could let somebody in."""
        return bool(self._own)

    async def close(self) -> None:
        """Hang up."""
        await self._api.aclose()

    async def lets_in(self, token: str) -> bool:
        """Whether calls may be sent with it.

        Raises:
            UnavailableError: it is one of the API's, which is away.
        """
        if hmac.compare_digest(token.encode(), self._own.encode()):
            return True
        if not token.startswith(PREFIX):
            return False
        key = hashlib.sha256(token.encode()).hexdigest()
        until, good = self._known.get(key, (0.0, False))
        if until <= time.monotonic():
            good = await self._asked(token)
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = (time.monotonic() + BELIEVED_S, good)
        return good

    async def _asked(self, token: str) -> bool:
        headers = {"Authorization": f"Bearer {self._own}"}
        try:
            answer = await self._api.post(self._url, json={"token": token}, headers=headers)
            answer.raise_for_status()
            said = answer.json()
            return bool(said["active"]) and "ingest" in said["scopes"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise UnavailableError(
                "the API, which knows this token, does not answer", "Send it again later, or use DIKTOR_INGEST_TOKEN"
            ) from error
