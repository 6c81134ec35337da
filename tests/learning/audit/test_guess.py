"""What a guess may know of, and what its interval covers."""

import numpy as np
from sklearn.metrics import roc_auc_score

from diktor.learning.audit.folds import crossed
from diktor.learning.audit.frames import frames, pauses
from diktor.learning.audit.intervals import interval
from diktor.learning.corpus.clips import Clip


def a_clip(voice: str, kind: str) -> Clip:
    name = f"{voice}-{kind}"
    return Clip(name, name, "train", voice, kind, kind, "healthy", True, "none", 99.0, "", 0, 0, (), (), ())


def test_neither_voice_nor_template_is_on_both_sides_and_every_clip_is_asked_once() -> None:
    clips = [a_clip(f"v{k % 5}", f"k{k % 7}") for k in range(70)]
    asked: list[int] = []
    for known, tested in crossed(clips):
        for what in (lambda clip: clip.voice, lambda clip: clip.kind):
            assert not {what(clips[k]) for k in known} & {what(clips[k]) for k in tested}
        assert len(known)
        asked += tested.tolist()
    assert sorted(asked) == list(range(70))


def test_an_area_is_scikit_learns_and_ties_count_half() -> None:
    rng = np.random.default_rng(0)
    scores, target = rng.integers(0, 9, 400).astype(float), rng.random(400) < 0.3
    found = interval(scores, target, np.zeros(400, np.int64), [str(k) for k in range(400)])
    assert found is not None
    assert abs(found.auc - roc_auc_score(target, scores)) < 1e-4
    assert found.low < 0.5 < found.high


def test_scores_of_two_strata_are_never_compared() -> None:
    target = np.array([False, True, False, True])
    scores, strata = np.array([0.0, 1.0, 10.0, 11.0]), np.array([0, 0, 1, 1])
    found = interval(scores, target, strata, ["a", "b", "c", "d"])
    assert found is not None
    assert found.auc == 1.0
    assert interval(scores, target, np.arange(4), ["a", "b", "c", "d"]) is None


def test_an_interval_is_as_wide_as_its_utterances_are_few() -> None:
    rng = np.random.default_rng(0)
    target = np.tile([False, True], 100)
    scores = np.repeat(rng.normal(size=10), 20) * target + rng.normal(size=200)
    strata = np.zeros(200, np.int64)
    apart = interval(scores, target, strata, [str(k) for k in range(200)])
    together = interval(scores, target, strata, [str(k // 20) for k in range(200)])
    assert apart is not None
    assert together is not None
    assert together.high - together.low > 1.3 * (apart.high - apart.low)


def test_a_pause_is_as_long_as_it_is() -> None:
    rng = np.random.default_rng(0)
    pcm = (rng.normal(size=16000) * 3000).astype(np.int16)
    pcm[6000:8000] = 0
    found = pauses(frames(pcm).quiet)
    assert len(found) == 1
    assert abs(found[0] - 0.25) < 0.03


def test_a_low_tone_has_a_low_centroid() -> None:
    tone = (np.sin(np.arange(8000) * 2 * np.pi * 500 / 8000) * 8000).astype(np.int16)
    assert abs(np.median(frames(tone).centroid) - 500) < 40
