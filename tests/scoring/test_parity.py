"""The shipped release is whole, and says in process what its golden windows say."""

import hashlib
import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from diktor.defects import CLASSES, DEFECTS, LETTERS
from diktor.learning.ensemble import Ensemble
from diktor.releases import Release, load_release
from diktor.scoring import combine
from diktor.scoring.parameters import load, parameters

ROOT = Path(__file__).parents[2]
REPOSITORY = ROOT / "triton_models"

USUAL, LARGEST = 0.02, 0.15
"""How far scores may lie from another processor's on average, and a probability at most.

Sums of int8 are exact everywhere, but what they are scaled by is rounded differently, and that turns some of them over:
`rounding` in the release's metrics says by how much.
"""


@pytest.fixture(scope="module")
def release() -> Release:
    return load_release(REPOSITORY, 1)


def test_golden_windows_are_reproduced(release: Release) -> None:
    golden = np.load(REPOSITORY / release.ensemble / "golden.npz")
    ensemble = Ensemble.of_release(REPOSITORY, release)
    scores = [ensemble.score(pcm) for pcm in golden["pcm"]]
    for name in ("probability", "frames", "markers"):
        apart = np.abs(np.stack([getattr(item, name) for item in scores]) - golden[name])
        assert apart.mean() < USUAL, name
        assert name != "probability" or apart.max() < LARGEST


def test_every_file_is_the_one_the_document_names(release: Release) -> None:
    assert any(name.endswith("model.onnx") for name in release.files)
    for name, digest in release.files.items():
        assert hashlib.sha256((REPOSITORY / name).read_bytes()).hexdigest() == digest, name


def test_the_release_carries_todays_backends() -> None:
    templates = ROOT / "diktor" / "learning" / "export" / "templates"
    copies = {"frontend/1": "frontend.py", "member_a/1": "member.py", "member_b/1": "member.py"}
    for copy, source in copies.items():
        assert (REPOSITORY / copy / "model.py").read_bytes() == (templates / source).read_bytes(), copy


def test_todays_arithmetic_is_the_releases_own_to_the_bit(release: Release) -> None:
    """The release's copy may be older than this checkout's; what it says may not differ."""
    own = _loaded(REPOSITORY / "combine" / "1" / "combine.py")
    values = json.loads((REPOSITORY / "combine" / "1" / "calibration.json").read_text("utf-8"))
    theirs = own.Parameters(*(tuple(values[name]) for name in ("slope", "intercept")))
    ours = parameters(release)
    assert ours == load(REPOSITORY / "combine" / "1" / "calibration.json")
    rng = np.random.default_rng(3)
    for pcm in rng.integers(-32768, 32767, (3, 40_000)).astype(np.int16):
        np.testing.assert_array_equal(combine.normalise(pcm), own.normalise(pcm))
        rates = rng.gamma(0.2, 0.2, (2, 250, 2)).astype(np.float32)
        logits = [(5 * rng.standard_normal((2, 250, 3))).astype(np.float32) for _ in range(2)]
        found, expected = combine.combine(rates, *logits, ours), own.combine(rates, *logits, theirs)
        for here, there in zip(found, expected, strict=True):
            np.testing.assert_array_equal(here, there)


def test_the_document_says_what_the_taxonomy_says(release: Release) -> None:
    assert release.classes == CLASSES
    assert release.letters == LETTERS
    assert tuple(item.name for item in release.defects) == tuple(defect.name for defect in DEFECTS)
    assert {"test", "dev", "window_auc_int8", "megabytes"} <= set(release.metrics)


def test_silence_holds_no_defect(release: Release) -> None:
    scores = Ensemble.of_release(REPOSITORY, release).score(np.zeros(40_000, np.int16))
    assert (scores.probability[:2] < 0.5).all()
    assert scores.markers.sum() < 1.0


def test_a_window_of_line_noise_holds_no_letters_and_no_defect(release: Release) -> None:
    noise = (np.random.default_rng(4).normal(size=40_000) * 30).astype(np.int16)
    scores = Ensemble.of_release(REPOSITORY, release).score(noise)
    assert scores.markers.sum() < 1.0
    assert (scores.probability < 0.5).all()


def _loaded(path: Path) -> ModuleType:
    spec = spec_from_file_location("release_combine", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
