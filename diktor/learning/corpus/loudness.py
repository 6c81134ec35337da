"""How loud a source is, frame by frame, and where it is quiet, as the shortcut audit hears it."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from diktor.learning.corpus.tape import Material
from diktor.learning.corpus.world import Array

QUIET = 0.35
"""How far from a source's floor (5th percentile of its level) to its loud frames (95th) quiet reaches."""


class Loudness(NamedTuple):
    """`levels` (T,) natural logarithm of power, `silent` (T,) bool; frames of 5 ms."""

    levels: Array
    silent: NDArray[np.bool_]

    @classmethod
    def of(cls, source: Material) -> Self:
        """Of a whole utterance."""
        levels = source.levels()
        floor, loud = np.percentile(levels, (5, 95))
        return cls(levels, levels < floor + QUIET * (loud - floor))

    def level(self, start: int, stop: int) -> float:
        """The mean between two frames, of what is not quiet there."""
        levels, silent = self.levels[start:stop], self.silent[start:stop]
        return float(levels[~silent].mean() if not silent.all() else levels.mean())

    def quiet(self, start: int, stop: int) -> float:
        """The share of quiet between two frames."""
        return float(self.silent[start:stop].mean())
