"""Access tokens (JWT, HS256), and the other secrets that this service gives out.

An access token is valid for minutes and names its session, so that ending the session ends it too. Service tokens and
a session's first refresh token are random, the next ones follow from it and our secret: what is kept of them is a
digest (SHA-256 suffices, nobody guesses 256 random bits).
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import NamedTuple

import jwt

from diktor.errors import SettingsError
from diktor.settings import Settings
from services.api.sql.base import now

ALGORITHM = "HS256"
ISSUER, AUDIENCE, KIND = "diktor", "diktor-api", "access"
LEAST_SECRET = 32


class Claims(NamedTuple):
    """What an access token says."""

    user_id: str
    session_id: str
    version: int


class Bearer(NamedTuple):
    """A refresh or service token taken apart."""

    id: str
    secret: str


class AccessTokens:
    """Signs and reads access tokens."""

    def __init__(self, settings: Settings) -> None:
        """Raises: SettingsError: there is no secret, or a short one."""
        self._secret = settings.api_secret.get_secret_value()
        if len(self._secret) < LEAST_SECRET:
            raise SettingsError(
                f"DIKTOR_API_SECRET is missing or shorter than {LEAST_SECRET} characters",
                "Set one, e.g. from: openssl rand -base64 48; diktor up makes its own",
            )
        self.life = timedelta(minutes=settings.api_access_minutes)

    def issue(self, claims: Claims) -> str:
        """A token that is valid from now on."""
        at = now()
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "typ": KIND,
            "sub": claims.user_id,
            "sid": claims.session_id,
            "ver": claims.version,
            "iat": at,
            "exp": at + self.life,
        }
        return jwt.encode(payload, self._secret, ALGORITHM)

    def read(self, token: str) -> Claims | None:
        """What a token says; None where it is not ours, not an access token, or too old."""
        try:
            payload = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.InvalidTokenError:
            return None
        if payload.get("typ") != KIND:
            return None
        try:
            return Claims(str(payload["sub"]), str(payload["sid"]), int(payload["ver"]))
        except (KeyError, TypeError, ValueError):
            return None

    def csrf(self, session_id: str) -> str:
        """What a browser's session must send in X-CSRF-Token: nobody else can make it."""
        return hmac.new(self._secret.encode(), f"csrf {session_id}".encode(), hashlib.sha256).hexdigest()

    def successor(self, session_id: str, secret: str) -> str:
        """The refresh token's secret that follows this one: always the same, and nobody else can tell it."""
        message = f"refresh {session_id} {secret}".encode()
        return hmac.new(self._secret.encode(), message, hashlib.sha256).hexdigest()


def new_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def joined(prefix: str, bearer: Bearer) -> str:
    """A token as its owner keeps it: `PREFIX_ID_SECRET`."""
    return f"{prefix}_{bearer.id}_{bearer.secret}"


def parted(prefix: str, token: str) -> Bearer | None:
    """A token taken apart; None where it is none of this kind."""
    kind, _, rest = token.partition("_")
    id_, _, secret = rest.partition("_")
    return Bearer(id_, secret) if kind == prefix and id_ and secret else None


def same(secret: str, kept: str) -> bool:
    """Whether this is the secret whose digest was kept."""
    return hmac.compare_digest(digest(secret), kept)
