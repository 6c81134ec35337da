"""Measures of weighted rows, for all draws of a bootstrap at once: weights are (draws, rows), results (draws,).

Rows that score alike are taken together, so that their order says nothing.
"""

import numpy as np

from diktor.learning.concordance import Flags, Tied
from diktor.learning.report.bootstrap import Floats, Measure, Places


def auc(scores: Floats, target: Flags) -> Measure:
    """The area under the ROC curve: pairs in the right order, ties by half."""
    tied = Tied(scores, target)

    return lambda weights: _ratio(*tied.pairs(weights))


def average_precision(scores: Floats, target: Flags) -> Measure:
    """Precision averaged over the recall it is reached at, without interpolation."""
    tied = Tied(-scores, target)

    def measure(weights: Floats) -> Floats:
        positive, negative = tied.sums(weights)
        right, wrong = np.cumsum(positive, axis=1), np.cumsum(negative, axis=1)
        shown = np.maximum(right + wrong, 1e-12)
        return _ratio((positive * right / shown).sum(1), positive.sum(1))

    return measure


def share(condition: Flags) -> Measure:
    """The share of rows for which it holds."""
    return ratio(condition.astype(np.float64), np.ones(len(condition)))


def ratio(above: Floats, below: Floats) -> Measure:
    """One sum over another."""
    return lambda weights: _ratio(weights @ above, weights @ below)


def quantile(values: Floats, part: float) -> Measure:
    """The value that so large a part of the rows does not exceed."""
    order = np.argsort(values, kind="stable")

    def measure(weights: Floats) -> Floats:
        running = np.cumsum(weights[:, order], axis=1)
        total = running[:, -1:]
        place = (running < part * total).sum(1).clip(0, len(order) - 1)
        return np.where(total[:, 0] > 0, values[order][place], np.nan)

    return measure


def f1(expected: Places, found: Places, label: int) -> Measure:
    """The F-measure of one class."""
    return ratio(2.0 * ((expected == label) & (found == label)), (expected == label) * 1.0 + (found == label))


def macro_f1(expected: Places, found: Places, labels: int) -> Measure:
    """The mean F-measure of the classes that there are; 0 for a class that is never found.

    A draw without a class, in which it is not found either, goes by the others.
    """
    each = [f1(expected, found, label) for label in range(labels) if (expected == label).any()]

    def measure(weights: Floats) -> Floats:
        values = np.array([one(weights) for one in each])
        known = ~np.isnan(values)
        return _ratio(np.where(known, values, 0.0).sum(0), known.sum(0).astype(np.float64))

    return measure


def roc(scores: Floats, target: Flags) -> list[tuple[float, float]]:
    """The ROC curve as (false alarms, hits), at most 200 points."""
    if target.all() or not target.any():
        return []
    positive, negative = (part[0] for part in Tied(-scores, target).sums(np.ones((1, len(scores)))))
    hits = np.concatenate([[0.0], np.cumsum(positive) / positive.sum()])
    alarms = np.concatenate([[0.0], np.cumsum(negative) / negative.sum()])
    chosen = np.unique(np.linspace(0, len(hits) - 1, 200).astype(int))
    return [(round(float(alarms[k]), 4), round(float(hits[k]), 4)) for k in chosen]


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0))
