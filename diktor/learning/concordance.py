"""Pairs in the right order, of weighted rows: what the area under a ROC curve is made of, for many draws at once."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Tied:
    """Rows in ascending order of their scores, those of one score together, so that their order says nothing."""

    def __init__(self, scores: Floats, target: Flags) -> None:
        self._order = np.argsort(scores, kind="stable")
        self._starts = np.flatnonzero(np.diff(scores[self._order], prepend=-np.inf))
        self._target = target[self._order]

    def sums(self, weights: Floats) -> tuple[Floats, Floats]:
        """Weights (draws, rows) of the defective and of the other rows per score: (draws, scores) each."""
        ordered = weights[:, self._order]
        positive, negative = ordered * self._target, ordered * ~self._target
        return np.add.reduceat(positive, self._starts, axis=1), np.add.reduceat(negative, self._starts, axis=1)

    def pairs(self, weights: Floats) -> tuple[Floats, Floats]:
        """Per draw: pairs of a defective and another row in the right order, ties by half, and all pairs."""
        positive, negative = self.sums(weights)
        below = np.cumsum(negative, axis=1) - negative / 2
        return (positive * below).sum(1), positive.sum(1) * negative.sum(1)
