"""An AUC with its interval: pairs are compared within a stratum only, and whole groups are drawn again."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.learning.concordance import Floats, Tied

Verdict = Literal["passes", "fails", "too few"]

LEAST = 20
"""Defective and healthy rows that an audit needs; fewer decide nothing."""

DRAWS = 300
"""Bootstrap samples of an interval."""

COVERED = (2.5, 97.5)
"""Percentiles between which an interval lies."""


class Interval(NamedTuple):
    """An AUC and the 95 % interval of the percentile bootstrap (Efron, 1979)."""

    auc: float
    low: float
    high: float


def interval(
    scores: Floats, target: NDArray[np.bool_], strata: NDArray[np.int64], groups: Sequence[str]
) -> Interval | None:
    """How well `scores` (n,) tell `target` (n,) apart; None where no stratum holds both kinds.

    Scores of two strata (folds of a cross-validation, voices) are never compared: they are on other scales. Rows of a
    group are drawn together: versions of an utterance are no independent witnesses.
    """
    names = {name: place for place, name in enumerate(sorted(set(groups)))}
    member = np.array([names[name] for name in groups], np.int64)
    drawn = np.random.default_rng(1).multinomial(len(names), np.full(len(names), 1 / len(names)), size=DRAWS)
    weights = np.concatenate([np.ones((1, len(names))), drawn])[:, member]
    concordant, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for stratum in np.unique(strata):
        inside = strata == stratum
        found, possible = Tied(scores[inside], target[inside]).pairs(weights[:, inside])
        concordant += found
        pairs += possible
    if not pairs[0]:
        return None
    areas = concordant[pairs > 0] / pairs[pairs > 0]
    low, high = np.percentile(areas[1:], COVERED) if len(areas) > 1 else (areas[0], areas[0])
    return Interval(round(float(areas[0]), 4), round(float(low), 4), round(float(high), 4))
