"""Intervals: figures are taken again from calls drawn with replacement (Efron, 1979), always the same draws."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

DRAWS = 1000
SEED = 1
COVERED = (2.5, 97.5)
"""Percentiles between which an interval lies."""

AT_ONCE = 2_000_000
"""Weights in memory together."""

LEAST_CALLS = 2


class Figure(msgspec.Struct, frozen=True):
    """A figure and its 95 % interval; None: there was nothing to take it from, or too few calls for an interval."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


Measure = Callable[[Floats], Floats]
"""From weights of rows (draws, rows) to a value per draw; NaN where there is none."""


class Draws:
    """How often each call stands in each draw: the first row is the calls as they are."""

    def __init__(self, weights: Floats) -> None:
        self._weights = weights

    @classmethod
    def of(cls, strata: Sequence[str], times: int = 1) -> Self:
        """Draws within strata, so that each holds as much of every kind of call as there is; small strata are one.

        `times`: how often the same audio stands among the calls. So many calls tell no more than one, and a draw takes
        so many fewer.
        """
        rng = np.random.default_rng(SEED)
        weights = np.ones((1 + DRAWS, len(strata)))
        sizes = Counter(strata)
        names = np.array([name if sizes[name] >= LEAST_CALLS * times else "" for name in strata])
        for name in sorted(set(names)):
            inside = np.flatnonzero(names == name)
            size = max(1, round(len(inside) / times))
            drawn = rng.multinomial(size, np.full(len(inside), 1 / len(inside)), size=DRAWS)
            weights[1:, inside] = drawn * (len(inside) / size)
        return cls(weights)

    @classmethod
    def of_groups(cls, groups: Sequence[str]) -> Self:
        """Draws of whole groups, such as all recordings of a speaker."""
        names = sorted(set(groups))
        member = np.array([names.index(group) for group in groups], np.int64)
        drawn = np.random.default_rng(SEED).multinomial(len(names), np.full(len(names), 1 / len(names)), size=DRAWS)
        return cls(np.concatenate([np.ones((1, len(names))), drawn])[:, member])

    def figure(self, call: Places, measure: Measure) -> Figure:
        """The measure of rows of these calls, with its interval."""
        if not len(call):
            return Figure()
        step = max(1, AT_ONCE // len(call))
        parts = [measure(self._weights[first : first + step, call]) for first in range(0, len(self._weights), step)]
        return _figure(np.concatenate(parts), len(np.unique(call)))

    def difference(self, one: tuple[Places, Measure], other: tuple[Places, Measure]) -> Figure:
        """A measure of some rows less that of others, of the same calls: both take the same draws."""
        if not len(one[0]) or not len(other[0]):
            return Figure()
        step = max(1, AT_ONCE // max(len(one[0]), len(other[0])))
        parts = []
        for first in range(0, len(self._weights), step):
            weights = self._weights[first : first + step]
            parts.append(one[1](weights[:, one[0]]) - other[1](weights[:, other[0]]))
        return _figure(np.concatenate(parts), len(np.unique(one[0])))


def _figure(values: Floats, calls: int) -> Figure:
    if np.isnan(values[0]):
        return Figure()
    drawn = values[1:][~np.isnan(values[1:])]
    value = round(float(values[0]), 4)
    if calls < LEAST_CALLS or len(drawn) < DRAWS / 2:
        return Figure(value)
    low, high = np.percentile(drawn, COVERED)
    return Figure(value, round(float(low), 4), round(float(high), 4))
