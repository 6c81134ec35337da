"""Which release is active: one small document in the release store, replaced as a whole."""

from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from diktor.errors import ReleaseError
from diktor.stamp import NEVER, stamp

KEPT = 20
"""Releases that the way back remembers."""


class Shadow(msgspec.Struct, frozen=True):
    """A release on trial: it scores `share` (0..1) of the calls too, and no verdict hears of it."""

    release: int
    share: float


class Pointer(msgspec.Struct, frozen=True):
    """What serves. `history`: what was active before, the latest last. `standby`: loaded though nobody uses it.

    `active` 0: nothing was ever activated. `moved_at`: when `active` was changed last.
    """

    active: int = 0
    history: tuple[int, ...] = ()
    shadow: Shadow | None = None
    standby: tuple[int, ...] = ()
    moved_at: datetime = NEVER

    @property
    def wanted(self) -> frozenset[int]:
        """Releases that Triton must have loaded, whatever open calls need besides."""
        on_trial = {self.shadow.release} if self.shadow else set()
        return frozenset({*self.standby, *on_trial, self.active} - {0})

    def activated(self, number: int) -> "Pointer":
        """With `number` active."""
        if number == self.active:
            return self
        before = (*self.history, self.active) if self.active else ()
        return self._moved(number, before)

    def rolled_back(self, to: int) -> "Pointer":
        """With `to` active again, which is in the history; what came after it is forgotten."""
        last = len(self.history) - 1 - self.history[::-1].index(to)
        return self._moved(to, self.history[:last])

    def with_shadow(self, number: int, share: float) -> "Pointer":
        """With `number` on trial.

        Raises:
            ReleaseError: it is the active one.
        """
        if number == self.active:
            raise ReleaseError(f"release {number} is active", "Put another one on trial")
        return msgspec.structs.replace(
            self, shadow=Shadow(number, share), standby=tuple(n for n in self.standby if n != number)
        )

    def standing_by(self, number: int) -> "Pointer":
        """With `number` kept loaded."""
        return self if number in self.wanted else msgspec.structs.replace(self, standby=(*self.standby, number))

    def without(self, number: int) -> "Pointer":
        """With `number` neither on trial nor standing by."""
        shadow = None if self.shadow and self.shadow.release == number else self.shadow
        return msgspec.structs.replace(self, shadow=shadow, standby=tuple(n for n in self.standby if n != number))

    def forgetting(self, number: int) -> "Pointer":
        """With no way back to `number`."""
        return msgspec.structs.replace(self, history=tuple(n for n in self.history if n != number))

    def _moved(self, number: int, history: tuple[int, ...]) -> "Pointer":
        moved = msgspec.structs.replace(self, active=number, history=history[-KEPT:], moved_at=stamp(self.moved_at))
        return moved.without(number)


def chosen(call_id: str, share: float) -> bool:
    """Whether a release on trial hears a call, as it does `share` of all: the same for every worker and replay."""
    return int.from_bytes(sha256(call_id.encode()).digest()[:8], "big") < share * 2**64


def since_moved_s(pointer: Pointer) -> float:
    """Seconds since another release became active; a clock that was set back counts as time passed."""
    return abs((datetime.now(UTC) - pointer.moved_at).total_seconds())
