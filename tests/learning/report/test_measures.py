"""Measures are scikit-learn's, and a call drawn twice counts as two."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from diktor.learning.report import measures


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    target = rng.random(200) < 0.3
    weights = rng.integers(0, 4, (3, 200)).astype(float)
    return rng.normal(size=200).round(1) + target, target, weights


@pytest.mark.parametrize(
    ("measure", "known"),
    [(measures.auc, roc_auc_score), (measures.average_precision, average_precision_score)],
)
def test_weighted_curves_are_those_of_rows_repeated(measure, known, rows) -> None:  # type: ignore[no-untyped-def]
    scores, target, weights = rows
    for drawn, found in zip(weights, measure(scores, target)(weights), strict=True):
        repeated = np.repeat(np.arange(200), drawn.astype(int))
        assert found == pytest.approx(known(target[repeated], scores[repeated]), abs=1e-9)


def test_macro_f1_goes_by_the_classes_that_there_are() -> None:
    expected, found = np.array([0, 0, 1, 1, 3]), np.array([0, 1, 1, 1, 0])
    here = measures.macro_f1(expected, found, 4)(np.ones((1, 5)))[0]
    assert here == pytest.approx(f1_score(expected, found, average="macro", labels=[0, 1, 3], zero_division=0.0))
    without = measures.macro_f1(expected, found, 4)(np.array([[1.0, 1, 1, 1, 0]]))[0]
    assert without == pytest.approx(f1_score(expected[:4], found[:4], average="macro"))


def test_a_quantile_takes_the_weights() -> None:
    values = np.array([30.0, 10, 20, 40])
    found = measures.quantile(values, 0.5)(np.array([[1.0, 1, 1, 1], [0, 0, 0, 3], [0, 0, 0, 0]]))
    assert found[:2].tolist() == [20, 40]
    assert np.isnan(found[2])


def test_what_was_not_drawn_has_no_measure(rows) -> None:  # type: ignore[no-untyped-def]
    scores, target, _ = rows
    assert np.isnan(measures.auc(scores, target)((~target).astype(float)[None])[0])
    assert measures.roc(scores, np.ones(200, bool)) == []
