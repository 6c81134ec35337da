"""One channel of a call in the scorer: its windows, and the events that wait for them to be stored."""

from collections.abc import Mapping
from typing import Any

from diktor.audio.grid import Grid
from diktor.audio.windows import ChannelWindows
from services.scorer.ledger import Entry


class ChannelState:
    """Knows which windows are stored, and so which events hold nothing that could still be lost."""

    def __init__(self, grid: Grid, stored: Mapping[int, int]) -> None:
        self.windows = ChannelWindows(grid, stored)
        self._grid = grid
        self._stored = {start // grid.hop_ms for start, end in stored.items() if end - start == grid.length_ms}
        self._through = 0  # windows before this one are all stored
        self._waiting: list[tuple[int, Entry[Any]]] = []

    def wait(self, entry: Entry[Any], end_ms: int) -> list[Entry[Any]]:
        """An event with audio up to `end_ms` waits for its windows; those that need not wait any more come back."""
        self._waiting.append((self._grid.last_containing(end_ms), entry))
        return self._released()

    def stored(self, index: int) -> list[Entry[Any]]:
        """Window `index` is stored; the events that it set free."""
        self._stored.add(index)
        return self._released()

    def close(self) -> list[Entry[Any]]:
        """The verdict is stored: every event that still waited."""
        entries = [entry for _, entry in self._waiting]
        self._waiting.clear()
        return entries

    def _released(self) -> list[Entry[Any]]:
        while self._through in self._stored:
            self._stored.discard(self._through)
            self._through += 1
        free = [entry for last, entry in self._waiting if last < self._through]
        if free:
            self._waiting = [item for item in self._waiting if item[0] >= self._through]
        return free
