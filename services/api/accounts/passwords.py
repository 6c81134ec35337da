"""Passwords: argon2id, in a thread, two at a time (each takes 64 MiB)."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

AT_ONCE = 2

_hasher = PasswordHasher()
_DUMMY = _hasher.hash(secrets.token_urlsafe())
"""What a password is held against where there is no user: the answer takes as long."""


class Passwords:
    """Makes and checks hashes without holding up the event loop."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def hashed(self, password: str) -> str:
        """What is kept of a password."""
        async with self._slots:
            return await asyncio.to_thread(_hasher.hash, password)

    async def right(self, password: str, kept: str | None) -> bool:
        """Whether it is the password; None takes as long and is never."""
        async with self._slots:
            return await asyncio.to_thread(_verified, kept or _DUMMY, password) and kept is not None


def generated() -> str:
    """A password of 96 random bits."""
    return secrets.token_urlsafe(12)


def _verified(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except VerificationError:
        return False
