"""Before against after: what people's calls differ by, each held against themselves, with its interval."""

from collections.abc import Sequence
from math import inf, sqrt
from statistics import NormalDist

import msgspec

FEWEST = 5
"""Calls a side has at least: below, the interval's quantile is not exact enough, and hardly anything can be said."""


class Sample(msgspec.Struct, frozen=True):
    """Judged calls: their number, the mean of their risks (0–100) and its unbiased variance."""

    calls: int = 0
    mean: float = 0.0
    variance: float = 0.0


class Pair(msgspec.Struct, frozen=True):
    """One operator's calls before and after."""

    before: Sample
    after: Sample

    def enough(self, minimum: int) -> bool:
        """Whether there are so many calls on both sides."""
        return min(self.before.calls, self.after.calls) >= minimum


class Compared(msgspec.Struct, frozen=True):
    """Operators with enough calls on both sides: each is held against themselves, and all count alike.

    Risks are means over operators of the means of their calls. `difference` is after less before, so that less than 0
    is better, in points of risk; it lies between `low` and `high` with 95 % confidence.
    """

    operators: int
    calls_before: int
    calls_after: int
    risk_before: float
    risk_after: float
    difference: float
    low: float
    high: float


def compared(pairs: Sequence[Pair]) -> Compared:
    """The mean of the operators' differences, with Welch's interval: variances and numbers of calls may differ.

    The variance of every mean counts, with the degrees of freedom of Satterthwaite 1946 (10.2307/3002019); of one
    operator this is Welch's t interval. It speaks of these operators, not of others who might train.

    Raises:
        ValueError: no pair, or one with fewer than two calls on a side.
    """
    count = len(pairs)
    sides = [side for pair in pairs for side in (pair.before, pair.after)]
    if not count or min(side.calls for side in sides) < 2:
        raise ValueError("a comparison takes operators with two calls or more on both sides")
    parts = [(side.variance / side.calls, side.calls - 1) for side in sides]
    total = sum(part for part, _ in parts)
    freedom = total**2 / sum(part**2 / free for part, free in parts) if total else inf
    before, after = (sum(side.mean for side in sides[start::2]) / count for start in (0, 1))
    spread = _t(freedom) * sqrt(total) / count
    return Compared(
        operators=count,
        calls_before=sum(pair.before.calls for pair in pairs),
        calls_after=sum(pair.after.calls for pair in pairs),
        risk_before=before,
        risk_after=after,
        difference=after - before,
        low=after - before - spread,
        high=after - before + spread,
    )


def _t(freedom: float) -> float:
    """Student's 97.5 % quantile, to 0.001 from four degrees of freedom (Abramowitz and Stegun 1964, 26.7.5)."""
    z = NormalDist().inv_cdf(0.975)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))
