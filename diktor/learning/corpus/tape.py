"""Speech being put together from source frames and new ones; knows where source times ended up."""

from bisect import bisect_left, bisect_right
from random import Random
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from diktor.learning.corpus.world import HOP_S


class Material(Protocol):
    """Speech in frames of 5 ms: vocoder parameters (`world.Frames`) or samples (`wave.Wave`)."""

    def __len__(self) -> int:
        """Frames."""

    def cut(self, start: int, stop: int) -> Self:
        """Frames start..stop."""

    def at(self, places: NDArray[np.int64]) -> Self:
        """Frames at these places, in their order."""

    def again(self, level: float, rng: Random) -> Self:
        """The same said once more, `level` louder (logarithm of power)."""

    def levels(self) -> NDArray[np.float64]:
        """Each frame's natural logarithm of power."""

    def silence(self, seconds: float, rng: Random) -> Self:
        """A pause."""

    def held(self, start: int, stop: int, seconds: float, rng: Random) -> Self:
        """The sound between two frames, drawn out."""

    def joined(self, pieces: list[Any]) -> Self:
        """Pieces one after another."""


class Tape:
    """Pieces of a source in order, and new ones between."""

    def __init__(self, source: Material) -> None:
        self.source = source
        self.position = 0
        """The source frame that comes next."""
        self.length = 0
        """Frames on the tape."""
        self._pieces: list[Material] = []
        self._copied: tuple[int, int] | None = None
        """Source frames of the last piece, if they were copied."""
        self._from, self._to = [0], [0]

    def copy(self, stop: int) -> None:
        """Source frames up to `stop` as they are."""
        if stop > self.position:
            self._note()
            if self._copied and self._copied[1] == self.position:
                self._pieces.pop()  # what goes on without a cut stays one piece
                self._copied = (self._copied[0], stop)
            else:
                self._copied = (self.position, stop)
            self._pieces.append(self.source.cut(*self._copied))
            self.length += stop - self.position
            self.skip(stop)

    def put(self, material: Material) -> None:
        """New frames; the source does not move on."""
        self._pieces.append(material)
        self._copied = None
        self.length += len(material)

    def skip(self, stop: int) -> None:
        """The source goes on at `stop`."""
        self.position = max(self.position, stop)
        self._note()

    def place(self, seconds: float, after: bool = False) -> float:
        """The frame of the tape where a source time is; `after` what was put there, or before it."""
        wanted = seconds / HOP_S
        known = bisect_right(self._from, wanted) - 1 if after else bisect_left(self._from, wanted)
        if known < len(self._from) and self._from[known] == wanted:
            return float(self._to[known])
        right = bisect_right(self._from, wanted)
        if right == len(self._from):
            return float(self._to[-1])
        before, behind = self._from[right - 1], self._from[right]
        share = (wanted - before) / (behind - before)
        return self._to[right - 1] + share * (self._to[right] - self._to[right - 1])

    def _note(self) -> None:
        """Where source and tape stand now."""
        self._from.append(self.position)
        self._to.append(self.length)

    def material(self) -> Material:
        """All of it."""
        return self.source.joined(self._pieces)
