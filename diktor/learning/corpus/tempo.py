"""Tempo that changes within speech: stretches of it slower or faster, everything else as it was."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Stretch(NamedTuple):
    """Frames [start, stop) that take `factor` times as long."""

    start: int
    stop: int
    factor: float


class Tempo:
    """The new time of every old frame."""

    def __init__(self, length: int, stretches: Sequence[Stretch]) -> None:
        factors = np.ones(length)
        for start, stop, factor in stretches:
            factors[start:stop] *= factor
        self._ends = np.concatenate([[0.0], np.cumsum(factors)])

    def time(self, frame: float) -> float:
        """Where an old frame is now."""
        return float(np.interp(frame, np.arange(len(self._ends)), self._ends))

    def places(self) -> NDArray[np.int64]:
        """For each new frame the old one that is heard."""
        count = max(1, round(self._ends[-1]))
        old = np.interp(np.arange(count) + 0.5, self._ends, np.arange(len(self._ends)))
        return np.minimum(old.astype(np.int64), len(self._ends) - 2)
