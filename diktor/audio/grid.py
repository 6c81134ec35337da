"""The window grid: which pieces of a channel are scored, whatever frames the audio came in.

Window k covers [k·hop, k·hop + length) of a channel. Everything is counted in milliseconds, so the grid is the
same at every sampling rate.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """One window: `index` on the grid, [`start_ms`, `end_ms`) of the channel (the last one ends with the channel)."""

    index: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The grid of a release: window length and hop in milliseconds."""

    length_ms: int = 5000
    hop_ms: int = 4000

    def count(self, duration_ms: int) -> int:
        """How many windows a channel of this duration has; none when it is empty."""
        if duration_ms <= 0:
            return 0
        if duration_ms <= self.length_ms:
            return 1
        return 1 + -(-(duration_ms - self.length_ms) // self.hop_ms)

    def complete(self, received_ms: int) -> int:
        """How many windows are full once audio up to `received_ms` is there and more may follow."""
        if received_ms < self.length_ms:
            return 0
        return 1 + (received_ms - self.length_ms) // self.hop_ms

    def last_containing(self, end_ms: int) -> int:
        """The last window that audio ending at `end_ms` (exclusive, > 0) can be part of."""
        return (end_ms - 1) // self.hop_ms

    def window(self, index: int, duration_ms: int | None = None) -> Window:
        """Window `index`; with the channel's duration known, the last one ends there."""
        start = index * self.hop_ms
        end = start + self.length_ms
        return Window(index, start, end if duration_ms is None else min(end, duration_ms))

    def windows(self, duration_ms: int) -> tuple[Window, ...]:
        """Every window of a channel of this duration."""
        return tuple(self.window(index, duration_ms) for index in range(self.count(duration_ms)))
