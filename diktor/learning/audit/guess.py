"""Can a simple classifier guess a label from features, in voices and sentences it never saw?"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from diktor.learning.audit.folds import crossed
from diktor.learning.audit.intervals import LEAST, Interval, interval
from diktor.learning.concordance import Floats
from diktor.learning.corpus.clips import Clip


class Guess(NamedTuple):
    """The better of the two classifiers, and how it does when only healthy clips that passed the vocoder are left."""

    found: Interval
    among_vocoded: Interval | None
    classifier: str


def guess(clips: Sequence[Clip], features: Floats, target: NDArray[np.bool_]) -> Guess | None:
    """How well `features` (n, k) tell `target` (n,), where row i is of `clips[i]`; None where too few can be tested."""
    best = None
    groups = [clip.group for clip in clips]
    vocoded = target | ~np.array([clip.natural for clip in clips])
    for name, model in _classifiers().items():
        scores, folds = _scores(model, clips, features, target)
        tested = folds >= 0
        if min((tested & target).sum(), (tested & ~target).sum()) < LEAST:
            return None
        found = _interval(scores, target, folds, groups, tested)
        if found is not None and (best is None or found.auc > best.found.auc):
            best = Guess(found, _interval(scores, target, folds, groups, tested & vocoded), name)
    return best


def _classifiers() -> dict[str, Any]:
    return {
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=1000)),
        "trees": GradientBoostingClassifier(
            n_estimators=20, max_depth=3, min_samples_leaf=8, max_features="sqrt", subsample=0.7, random_state=1
        ),
    }


def _scores(
    model: Any, clips: Sequence[Clip], features: Floats, target: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.int64]]:
    """Each row's score and fold; -1 where the rest has not both kinds to learn from."""
    scores, folds = np.zeros(len(target)), np.full(len(target), -1, np.int64)
    for fold, (known, asked) in enumerate(crossed(clips)):
        if len(asked) and target[known].any() and not target[known].all():
            scores[asked] = model.fit(features[known], target[known]).predict_proba(features[asked])[:, 1]
            folds[asked] = fold
    return scores, folds


def _interval(
    scores: Floats,
    target: NDArray[np.bool_],
    folds: NDArray[np.int64],
    groups: Sequence[str],
    chosen: NDArray[np.bool_],
) -> Interval | None:
    inside = [group for group, taken in zip(groups, chosen, strict=True) if taken]
    return interval(scores[chosen], target[chosen], folds[chosen], inside) if inside else None
