"""How much may go to the dead letters before something is wrong with more than single events.

A topic of the wrong format, or a model that answers with no numbers, would be drained into the bin event by event. So
the share among the latest ones is watched; when it is too large the worker stops reading and says why. It keeps its
partitions meanwhile, so that no other worker goes on where it stopped. Whoever mends the cause restarts it.
"""

import logging
from collections import deque
from collections.abc import Callable

from diktor.metrics import HALTED

log = logging.getLogger(__name__)

LATEST = 500
"""Among so many the share is told."""

LEAST = 50
"""Fewer losses say nothing."""


class LossLimit:
    """Counts `what` that was seen and lost; calls `halt` with the reason once too many of the latest were lost."""

    def __init__(self, what: str, share: float, halt: Callable[[str], None]) -> None:
        self._what, self._share, self._halt = what, share, halt
        self._seen = 0
        self._lost: deque[int] = deque()

    def seen(self) -> None:
        """One more."""
        self._seen += 1

    def lost(self, cause: str) -> None:
        """One of those seen became a dead letter."""
        self._lost.append(self._seen)
        while self._lost[0] <= self._seen - LATEST:
            self._lost.popleft()
        among = min(self._seen, LATEST)
        if len(self._lost) >= LEAST and len(self._lost) > self._share * among:
            self._halt(
                f"{len(self._lost)} of the latest {among} {self._what} became dead letters, the last because: {cause}. "
                "Nothing more is read. Mend the cause and restart this worker, or raise DIKTOR_DEAD_LETTER_SHARE"
            )


class Halt:
    """Why the worker stopped reading; empty while it reads."""

    def __init__(self) -> None:
        self.reason = ""

    def __call__(self, reason: str) -> None:
        if not self.reason:
            log.critical("the scorer halts: %s", reason)
            HALTED.set(1)
        self.reason = self.reason or reason
