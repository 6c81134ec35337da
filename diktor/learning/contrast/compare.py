"""Word against word: does a network hear the sound, or the language, the speaker and the line?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
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


class _Window(NamedTuple):
    """What was heard in a window: (T, L) `rates` of letters, (T, D) logits `near` them and `evidence`."""

    start_ms: int
    length_ms: int
    rates: NDArray[np.float32]
    near: NDArray[np.float32]
    evidence: NDArray[np.float32]


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
    asked: Mapping[str, tuple[Sequence[Take], Sequence[Take]]],
    ensemble: Ensemble,
    taxonomy: Taxonomy,
    codec: str = "none",
) -> list[Contrast]:
    """By defect, takes in languages whose sound is as in it against others', through a codec; each is heard once.

    Raises:
        DiktorError: there are too few words, or there is no such codec or defect.
    """
    if codec not in CODECS:
        raise DiktorError(f"there is no codec {codec}", f"One of: {', '.join(CODECS)}")
    if unknown := sorted(set(asked) - set(taxonomy.names)):
        raise DiktorError(f"nothing here hears {', '.join(unknown)}", f"It hears {', '.join(taxonomy.names)}")
    heard = dict[int, list[_Window]]()
    for take in (take for pair in asked.values() for part in pair for take in part):
        if id(take) not in heard:
            heard[id(take)] = list(_windows(take, ensemble, codec))
    return [_contrast(defect, pair, heard, taxonomy, codec) for defect, pair in asked.items()]


def _contrast(
    defect: str,
    pair: tuple[Sequence[Take], Sequence[Take]],
    heard: Mapping[int, Sequence[_Window]],
    taxonomy: Taxonomy,
    codec: str,
) -> Contrast:
    place = taxonomy.names.index(defect)
    found = [[word for take in part for word in _words(take, heard[id(take)], taxonomy, place)] for part in pair]
    parts = {
        f"{name}, {what}": [word for word in part if word.with_letter == with_letter]
        for name, part in zip(("own", "others"), found, strict=True)
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


def _windows(take: Take, ensemble: Ensemble, codec: str) -> Iterable[_Window]:
    """What the network says in each window of a take, but for silent ones."""
    pcm, grid = through(take.pcm, codec), Grid()
    for start_ms in (window.start_ms for window in grid.windows(len(pcm) * 1000 // RATE)):
        samples = cut(pcm, start_ms, grid.length_ms)
        if samples.any():
            outputs = ensemble.listen(samples)
            evidence = combine(*outputs, ensemble.parameters).frames
            yield _Window(start_ms, grid.length_ms, agreed(outputs.markers), agreed(outputs.with_), evidence)


def _words(take: Take, windows: Sequence[_Window], taxonomy: Taxonomy, place: int) -> Iterable[Word]:
    """Every word that lies wholly in a window, as the windows that hold it hear it on average."""
    letter = taxonomy.letter_index(place)
    assert letter is not None
    for word in take.words:
        with_letter = spoken(word.text, take.language, taxonomy.letters[letter])
        if with_letter is None or word.probability < LEAST_CONFIDENCE or word.end_ms - word.start_ms < 2 * FRAME_MS:
            continue
        heard = [
            (
                word_logit(window.rates[:, letter], window.near[:, place], span),
                float(window.evidence[span, place].max()),
                float(window.rates[span, letter].sum()),
            )
            for window in windows
            if window.start_ms <= word.start_ms and word.end_ms <= window.start_ms + window.length_ms
            for span in [
                widened((word.start_ms - window.start_ms) / FRAME_MS, (word.end_ms - window.start_ms) / FRAME_MS)
            ]
        ]
        if heard:
            yield Word(with_letter, *(float(value) for value in np.mean(heard, 0)))
