"""Which events of a partition may be acknowledged: those done, in order, with nothing undone before them.

A committed offset says "everything before is safe". So an event is handed out for acknowledgement only when it and all
events received before it on its partition are done, however the work on them overlapped.
"""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Entry(Generic[T]):
    """An event that was received; `done` once nothing of it can be lost any more."""

    __slots__ = ("done", "event")

    def __init__(self, event: T) -> None:
        self.event = event
        self.done = False


class Ledger(Generic[T]):
    """The events of one partition in the order they were received."""

    def __init__(self) -> None:
        self._entries: deque[Entry[T]] = deque()

    def __len__(self) -> int:
        """How many events are not acknowledged."""
        return len(self._entries)

    @property
    def oldest(self) -> T | None:
        """The event that has waited longest."""
        return self._entries[0].event if self._entries else None

    def received(self, event: T) -> Entry[T]:
        """Note an event; its entry is given back to `done` later."""
        entry = Entry(event)
        self._entries.append(entry)
        return entry

    def done(self, entry: Entry[T]) -> list[T]:
        """Mark an entry done; the events that may be acknowledged now, in order."""
        entry.done = True
        ready: list[T] = []
        while self._entries and self._entries[0].done:
            ready.append(self._entries.popleft().event)
        return ready
