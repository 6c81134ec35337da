"""How each defect is told at one level."""

import numpy as np

from diktor.learning.concordance import Flags
from diktor.learning.report import measures
from diktor.learning.report.bootstrap import Draws, Figure, Floats, Places
from diktor.learning.report.document import Bin, DefectFigures
from diktor.learning.report.rows import Rows
from diktor.releases import Calibration

BINS = 10


def told(rows: Rows, draws: Draws, calibration: Calibration | None = None) -> DefectFigures:
    """A defect's figures; with `calibration`, which turns scores into log-odds, how far they are to be believed."""
    alone = rows.against_healthy()
    probability = None if calibration is None else _probability(rows.score, calibration)
    return DefectFigures(
        rows=len(rows.call),
        defective=int(rows.target.sum()),
        auc=area(rows, draws),
        auc_against_healthy=area(alone, draws),
        average_precision=precision(rows, draws),
        average_precision_against_healthy=precision(alone, draws),
        roc=tuple(measures.roc(rows.score, rows.target)),
        calibration=() if probability is None else tuple(_bins(probability, rows.target)),
        calibration_error=Figure() if probability is None else _error(rows, probability, draws),
    )


def area(rows: Rows, draws: Draws) -> Figure:
    """AUC of some rows."""
    return draws.figure(rows.call, measures.auc(rows.score, rows.target)) if len(rows.call) else Figure()


def lower(usual: Rows, other: Rows, draws: Draws) -> Figure:
    """By how much the AUC of `other` rows of the same calls is lower."""
    return draws.difference(
        (usual.call, measures.auc(usual.score, usual.target)), (other.call, measures.auc(other.score, other.target))
    )


def precision(rows: Rows, draws: Draws) -> Figure:
    """Average precision of some rows."""
    if not len(rows.call) or not rows.target.any() or rows.target.all():
        return Figure()
    return draws.figure(rows.call, measures.average_precision(rows.score, rows.target))


def of_risk(rows: Rows) -> Rows:
    """Rows of calls with their risk (0–100) as log-odds."""
    p = np.clip(rows.score / 100, 1e-6, 1 - 1e-6)
    return Rows(rows.call, np.log(p / (1 - p)), rows.target, rows.healthy, rows.traits)


def classes_equal(target: Flags) -> Floats:
    """Weights that make defective and other rows equally heavy, as when calibration was fitted."""
    share = target.mean() if len(target) else 0.0
    return np.where(target, 0.5 / max(share, 1e-9), 0.5 / max(1 - share, 1e-9))


def _probability(logits: Floats, calibration: Calibration) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * (calibration.slope * logits + calibration.intercept))))


def _bins(probability: Floats, target: Flags) -> list[Bin]:
    if target.all() or not target.any():
        return []
    weight, place = classes_equal(target), _place(probability)
    return [
        Bin(
            round(float(np.average(probability[place == k], weights=weight[place == k])), 4),
            round(float(np.average(target[place == k], weights=weight[place == k])), 4),
            int((place == k).sum()),
        )
        for k in range(BINS)
        if (place == k).any()
    ]


def _error(rows: Rows, probability: Floats, draws: Draws) -> Figure:
    """The expected calibration error (Naeini et al., 2015)."""
    if rows.target.all() or not rows.target.any():
        return Figure()
    heavy, place = classes_equal(rows.target), _place(probability)
    inside = (place[:, None] == np.arange(BINS)).astype(np.float64)

    def measure(weights: Floats) -> Floats:
        weighted = weights * heavy
        apart = (weighted * (rows.target - probability)) @ inside
        total = weighted.sum(1)
        return np.where(total > 0, np.abs(apart).sum(1) / np.maximum(total, 1e-12), np.nan)

    return draws.figure(rows.call, measure)


def _place(probability: Floats) -> Places:
    return np.asarray(np.minimum((probability * BINS).astype(np.int64), BINS - 1))
