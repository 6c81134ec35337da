"""Drift between two releases, on distributions whose answer is known."""

import numpy as np
import pytest

from diktor.releases import load_release
from diktor.releases.compare import drifts
from tests.support.processes import ROOT

RELEASE = load_release(ROOT / "triton_models", 1)
RNG = np.random.default_rng(5)
FIRST = RNG.uniform(0, 1, (4000, 3))


def test_a_release_does_not_drift_from_itself() -> None:
    for drift in drifts((RELEASE, RELEASE), FIRST, FIRST):
        assert (drift.agreement, drift.difference, drift.ks, drift.psi) == (1.0, 0.0, 0.0, 0.0)


def test_a_shift_is_told_with_its_size_and_direction() -> None:
    second = FIRST.copy()
    second[:, 1] = np.minimum(FIRST[:, 1] + 0.2, 1.0)
    still, moved, _ = drifts((RELEASE, RELEASE), FIRST, second)
    assert (moved.defect, still.psi) == ("fricative_g", 0.0)
    assert moved.agreement == pytest.approx(0.8, abs=0.03)  # those between .3 and .5 changed sides
    assert moved.median == pytest.approx(0.2)
    assert moved.ks == pytest.approx(0.2, abs=0.03)
    assert moved.psi > 0.2
    back = drifts((RELEASE, RELEASE), second, FIRST)[1]
    assert (back.difference, back.ks) == (pytest.approx(-moved.difference), moved.ks)


def test_constant_scores_have_finite_drift() -> None:
    (drift, *_) = drifts((RELEASE, RELEASE), np.full((50, 3), 0.2), np.full((50, 3), 0.9))
    assert (drift.agreement, drift.ks) == (0.0, 1.0)
    assert np.isfinite(drift.psi)
