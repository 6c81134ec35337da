"""The release on lines on which nobody speaks, before voice detection has had a say: how often it hears something."""

from random import Random

import numpy as np
import pytest

from diktor.learning.ensemble import Ensemble
from diktor.learning.nonspeech.listing import line
from diktor.releases import load_release
from tests.support.processes import ROOT

pytestmark = pytest.mark.accept

REPOSITORY = ROOT / "triton_models"
WINDOWS = 200

MOST = 0.1
"""Of the windows in which something may be heard: the release before these lines were learned had more."""


def test_hardly_anything_is_heard_where_nobody_speaks() -> None:
    release = load_release(REPOSITORY, 1)
    ensemble = Ensemble.of_release(REPOSITORY, release)
    samples = release.rate * release.length_ms // 1000
    heard = [line(release.length_ms / 1000, Random(f"held out/{k}"))[:samples] for k in range(WINDOWS)]
    scores = [ensemble.score(np.pad(pcm, (0, samples - len(pcm)))) for pcm in heard]
    over = np.mean([score.probability > 0.5 for score in scores], axis=0)
    names = [defect.name for defect in release.defects]
    print(f"\nof {WINDOWS} windows:", {name: round(WINDOWS * share) for name, share in zip(names, over, strict=True)})
    assert (over <= MOST).all()
