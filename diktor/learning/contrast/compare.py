"""Word against word: does a network hear the sound, or the language, the speaker and the line?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from sklearn.metrics import roc_auc_score

from diktor.audio.grid import Grid
from diktor.defects import Taxonomy
from diktor.errors import DiktorError
from diktor.learning.corpus.channel import CODECS, through
from diktor.learning.ensemble import Ensemble
from diktor.learning.foreign.spelling import spoken
from diktor.learning.foreign.takes import Take
from diktor.learning.in_service import cut
from diktor.learning.word_logit import widened, word_logit
from diktor.releases import FRAME_MS, RATE
from diktor.scoring.combine import agreed, combine

LEAST_CONFIDENCE = 0.5
"""Words that Whisper is less sure of are left out."""


class Word(NamedTuple):
    """A word as the release heard it: `logit` at the letter, the strongest `evidence`, letters `counted`."""

    with_letter: bool
    logit: float
    evidence: float
    counted: float


class Contrast(msgspec.Struct, frozen=True):
    """AUC of words with the letter in languages that speak it as in the `defect` over others', of the control (words
    without it), of words with it over those without inside the first, by the logit at the letter and by evidence; in
    how many the letter was counted; how many words there were."""

    codec: str
    by_logit: dict[str, float]
    by_evidence: dict[str, float]
    counted: dict[str, float]
    words: dict[str, int]
    defect: str = "rhotacism"


def contrast(
    own: Sequence[Take],
    others: Sequence[Take],
    ensemble: Ensemble,
    taxonomy: Taxonomy,
    codec: str = "none",
    defect: str = "rhotacism",
) -> Contrast:
    """Takes in languages whose sound is as in the defect against others', through a codec.

    Raises:
        DiktorError: there are too few words, or there is no such codec or defect.
    """
    if codec not in CODECS:
        raise DiktorError(f"there is no codec {codec}", f"One of: {', '.join(CODECS)}")
    if defect not in taxonomy.names:
        raise DiktorError(f"nothing here hears {defect}", f"It hears {', '.join(taxonomy.names)}")
    place = taxonomy.names.index(defect)
    heard = [
        [word for take in part for word in _heard(take, ensemble, taxonomy, place, codec)] for part in (own, others)
    ]
    parts = {
        f"{name}, {what}": [word for word in part if word.with_letter == with_letter]
        for name, part in zip(("own", "others"), heard, strict=True)
        for what, with_letter in (("letter", True), ("no letter", False))
    }
    return Contrast(
        codec=codec,
        by_logit=_compared(parts, lambda word: word.logit),
        by_evidence=_compared(parts, lambda word: word.evidence),
        counted={name: _share(word.counted >= 0.5 for word in part) for name, part in parts.items()},
        words={name: len(part) for name, part in parts.items()},
        defect=defect,
    )


def _compared(parts: Mapping[str, Sequence[Word]], score: Callable[[Word], float]) -> dict[str, float]:
    found = {name: [score(word) for word in part] for name, part in parts.items()}
    return {
        "letter": _auc(found["own, letter"], found["others, letter"]),
        "control": _auc(found["own, no letter"], found["others, no letter"]),
        "inside": _auc(found["own, letter"], found["own, no letter"]),
    }


def _auc(above: Sequence[float], below: Sequence[float]) -> float:
    if not above or not below:
        raise DiktorError("there are too few words for a comparison", "Name folders with more speech")
    return round(float(roc_auc_score([1] * len(above) + [0] * len(below), [*above, *below])), 4)


def _share(values: Iterable[bool]) -> float:
    return round(float(np.mean(list(values))), 4)


def _heard(take: Take, ensemble: Ensemble, taxonomy: Taxonomy, place: int, codec: str) -> Iterable[Word]:
    """Every word that lies wholly in a window, as the windows that hold it hear it on average."""
    letter = taxonomy.letter_index(place)
    assert letter is not None
    pcm, grid, found = through(take.pcm, codec), Grid(), dict[int, list[Word]]()
    for start_ms in (window.start_ms for window in grid.windows(len(pcm) * 1000 // RATE)):
        samples = cut(pcm, start_ms, grid.length_ms)
        if not samples.any():
            continue
        outputs = ensemble.listen(samples)
        rate, near = agreed(outputs.markers)[:, letter], agreed(outputs.with_)[:, place]
        evidence = combine(*outputs, ensemble.parameters).frames[:, place]
        for number, word in enumerate(take.words):
            with_letter = spoken(word.text, take.language, taxonomy.letters[letter])
            inside = start_ms <= word.start_ms and word.end_ms <= start_ms + grid.length_ms
            if with_letter is None or not inside or word.probability < LEAST_CONFIDENCE:
                continue
            if word.end_ms - word.start_ms < 2 * FRAME_MS:
                continue
            span = widened((word.start_ms - start_ms) / FRAME_MS, (word.end_ms - start_ms) / FRAME_MS)
            heard = Word(
                with_letter, word_logit(rate, near, span), float(evidence[span].max()), float(rate[span].sum())
            )
            found.setdefault(number, []).append(heard)
    for versions in found.values():
        yield Word(versions[0].with_letter, *(float(np.mean([version[k] for version in versions])) for k in (1, 2, 3)))
