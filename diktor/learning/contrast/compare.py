"""Word against word: does a network hear the sound, or the language, the speaker and the line?"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from sklearn.metrics import roc_auc_score

from diktor.audio.grid import Grid
from diktor.defects import Taxonomy
from diktor.errors import DiktorError
from diktor.learning.corpus.channel import CODECS, through
from diktor.learning.ensemble import Ensemble
from diktor.learning.foreign.spelling import has_r
from diktor.learning.foreign.takes import Take
from diktor.learning.in_service import cut
from diktor.learning.word_logit import widened, word_logit
from diktor.releases import FRAME_MS, RATE
from diktor.scoring.combine import agreed, combine

DEFECT = "rhotacism"

LEAST_CONFIDENCE = 0.5
"""Words that Whisper is less sure of are left out."""


class Word(NamedTuple):
    """A word as the release heard it: `logit` at the letter, the strongest `evidence`, letters `counted`."""

    has_r: bool
    logit: float
    evidence: float
    counted: float


class Contrast(msgspec.Struct, frozen=True):
    """AUC of uvular over alveolar r-words, of the control (words without r), of r over other words inside the uvular
    language, by the logit at the letter and by evidence; how many r's were counted; how many words there were."""

    codec: str
    by_logit: dict[str, float]
    by_evidence: dict[str, float]
    counted: dict[str, float]
    words: dict[str, int]


def contrast(
    uvular: Sequence[Take],
    alveolar: Sequence[Take],
    ensemble: Ensemble,
    taxonomy: Taxonomy,
    codec: str = "none",
) -> Contrast:
    """The comparison of both sets through a codec.

    Raises:
        DiktorError: there are too few words, or no such codec.
    """
    if codec not in CODECS:
        raise DiktorError(f"there is no codec {codec}", f"One of: {', '.join(CODECS)}")
    place = taxonomy.names.index(DEFECT)
    letter = taxonomy.letter_index(place)
    assert letter is not None
    heard = [
        [word for take in part for word in _heard(take, ensemble, place, letter, codec)] for part in (uvular, alveolar)
    ]
    own, others = heard
    return Contrast(
        codec=codec,
        by_logit=_compared(own, others, lambda word: word.logit),
        by_evidence=_compared(own, others, lambda word: word.evidence),
        counted={
            f"{name}, {what}": _share(word.counted >= 0.5 for word in part if word.has_r == with_r)
            for name, part in (("uvular", own), ("alveolar", others))
            for what, with_r in (("r", True), ("no r", False))
        },
        words={
            f"{name}, {what}": sum(word.has_r == with_r for word in part)
            for name, part in (("uvular", own), ("alveolar", others))
            for what, with_r in (("r", True), ("no r", False))
        },
    )


def _compared(own: Sequence[Word], others: Sequence[Word], score: Callable[[Word], float]) -> dict[str, float]:
    mine, theirs = ([[score(w) for w in part if w.has_r == r] for r in (True, False)] for part in (own, others))
    return {"r": _auc(mine[0], theirs[0]), "control": _auc(mine[1], theirs[1]), "inside": _auc(mine[0], mine[1])}


def _auc(above: Sequence[float], below: Sequence[float]) -> float:
    if not above or not below:
        raise DiktorError("there are too few words for a comparison", "Name folders with more speech")
    return round(float(roc_auc_score([1] * len(above) + [0] * len(below), [*above, *below])), 4)


def _share(values: Iterable[bool]) -> float:
    return round(float(np.mean(list(values))), 4)


def _heard(take: Take, ensemble: Ensemble, place: int, letter: int, codec: str) -> Iterable[Word]:
    """Every word that lies wholly in a window, as the windows that hold it hear it on average."""
    pcm, grid, found = through(take.pcm, codec), Grid(), dict[int, list[Word]]()
    for start_ms in (window.start_ms for window in grid.windows(len(pcm) * 1000 // RATE)):
        samples = cut(pcm, start_ms, grid.length_ms)
        if not samples.any():
            continue
        outputs = ensemble.listen(samples)
        rate, near = agreed(outputs.markers)[:, letter], agreed(outputs.with_)[:, place]
        evidence = combine(*outputs, ensemble.parameters).frames[:, place]
        for number, word in enumerate(take.words):
            with_r = has_r(word.text, take.language)
            inside = start_ms <= word.start_ms and word.end_ms <= start_ms + grid.length_ms
            if with_r is None or not inside or word.probability < LEAST_CONFIDENCE:
                continue
            if word.end_ms - word.start_ms < 2 * FRAME_MS:
                continue
            span = widened((word.start_ms - start_ms) / FRAME_MS, (word.end_ms - start_ms) / FRAME_MS)
            heard = Word(with_r, word_logit(rate, near, span), float(evidence[span].max()), float(rate[span].sum()))
            found.setdefault(number, []).append(heard)
    for versions in found.values():
        yield Word(versions[0].has_r, *(float(np.mean([version[k] for version in versions])) for k in (1, 2, 3)))
