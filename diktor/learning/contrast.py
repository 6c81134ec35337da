"""Real speech without labels: languages with a uvular r against languages with an alveolar one, word against word.

A network that hears rhotacism must score French r-words above Italian and Spanish ones. Languages differ in more than
that, and so do speakers: the control is the same comparison on words without r. Near .5 it says that the sound was
heard and not the language, the speaker or the line.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import soxr
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from diktor.audio.decode import blocks
from diktor.defects import Taxonomy
from diktor.errors import AudioError, DiktorError
from diktor.learning.corpus.channel import CODECS, through
from diktor.learning.ensemble import Ensemble, MemberOutputs
from diktor.learning.transcription.recordings import RATE as HEARD_AT
from diktor.learning.transcription.recordings import recordings
from diktor.learning.transcription.transcripts import SpokenWord
from diktor.learning.transcription.whisper import Recogniser
from diktor.releases import FRAME_MS, RATE
from diktor.scoring.combine import combine

DEFECT = "rhotacism"
LEAST_RATE = 0.02
"""Added to the rates when a word is judged, as in training."""

TAKE_S, GAP_S = 25.0, 0.5
"""Short recordings are put together to takes that Whisper hears at once, with quiet between them."""

SHORTEST_S, QUIETEST = 0.2, 300
"""A recording shorter or fainter (largest sample of 32,767) than this is no speech."""

LEAST_CONFIDENCE = 0.5
"""Words that Whisper is less sure of are left out."""

WINDOW_MS, HOP_MS = 5000, 4000

_LETTERS = re.compile(r"[^a-zà-ÿ]")
_SILENT_FRENCH = re.compile(r"i?ers?$")
"""The r of parler, premier, papiers is not spoken; short words (mer, fer, hier) keep theirs."""

_FRENCH_WITH = ("hiver", "enfer", "amer", "super", "divers", "envers", "travers", "univers")
_FRENCH_WITHOUT = ("monsieur", "messieurs")


class Take(NamedTuple):
    """(samples,) int16 at 8 kHz, the words in it, and their language."""

    pcm: NDArray[np.int16]
    words: tuple[SpokenWord, ...]
    language: str


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


def has_r(word: str, language: str) -> bool | None:
    """Whether an r is spoken in the word; None where its spelling does not tell."""
    letters = _LETTERS.sub("", word.lower())
    if not letters:
        return None
    if "r" not in letters:
        return False
    if language != "fr":
        return True
    if letters in _FRENCH_WITHOUT:
        return None
    if len(letters) <= 4 or letters in _FRENCH_WITH:
        return True
    return True if "r" in _SILENT_FRENCH.sub("", letters) else None


def takes(
    folder: Path, language: str, recogniser: Recogniser, kept: Path, advance: Callable[[int, int], None]
) -> list[Take]:
    """The recordings of a folder put together, with the words that Whisper hears; `kept` holds those once heard.

    Raises:
        DiktorError: nothing in the folder is speech.
    """
    pieces = [pcm for item in recordings(folder) if (pcm := _speech(folder / item.name)) is not None]
    if not pieces:
        raise DiktorError(f"{folder} holds no speech", "Name a folder with recordings of one language")
    found, document = [], kept / f"{language}.words.json"
    joined = list(_joined(pieces))
    words = msgspec.json.decode(document.read_bytes(), type=list[tuple[SpokenWord, ...]]) if document.exists() else []
    kept.mkdir(parents=True, exist_ok=True)
    for number, pcm in enumerate(joined):
        if number >= len(words):
            samples = soxr.resample(pcm.astype(np.float32) / 32768, RATE, HEARD_AT)
            words.append(recogniser.listen(np.asarray(samples, np.float32), language).words)
            document.write_bytes(msgspec.json.encode(words))
        found.append(Take(pcm, words[number], language))
        advance(number + 1, len(joined))
    return found


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


def _speech(path: Path) -> NDArray[np.int16] | None:
    try:
        pcm = np.concatenate(list(blocks(path)), axis=1)[0]
    except AudioError:
        return None
    return pcm if len(pcm) >= SHORTEST_S * RATE and np.abs(pcm).max() >= QUIETEST else None


def _joined(pieces: Sequence[NDArray[np.int16]]) -> Iterable[NDArray[np.int16]]:
    gap, current = np.zeros(int(GAP_S * RATE), np.int16), list[NDArray[np.int16]]()
    for pcm in pieces:
        if current and sum(map(len, current)) + len(pcm) > TAKE_S * RATE:
            yield np.concatenate(current)
            current = []
        current += [pcm, gap]
    yield np.concatenate(current)


def _heard(take: Take, ensemble: Ensemble, place: int, letter: int, codec: str) -> Iterable[Word]:
    """Every word that lies wholly in a window, as the windows that hold it hear it on average."""
    pcm, found = through(take.pcm, codec), dict[int, list[Word]]()
    for start_ms in range(0, max(1, len(pcm) * 1000 // RATE - (WINDOW_MS - HOP_MS)), HOP_MS):
        window = np.zeros(WINDOW_MS * RATE // 1000, np.int16)
        piece = pcm[start_ms * RATE // 1000 :][: len(window)]
        window[: len(piece)] = piece
        if not window.any():
            continue
        outputs = ensemble.listen(window)
        frames = combine(*outputs, ensemble.parameters).frames[:, place]
        for number, word in enumerate(take.words):
            with_r = has_r(word.text, take.language)
            inside = start_ms <= word.start_ms and word.end_ms <= start_ms + WINDOW_MS
            if with_r is None or not inside or word.probability < LEAST_CONFIDENCE:
                continue
            if word.end_ms - word.start_ms < 2 * FRAME_MS:
                continue
            span = slice((word.start_ms - start_ms) // FRAME_MS, -(-(word.end_ms - start_ms) // FRAME_MS))
            found.setdefault(number, []).append(_word(outputs, frames, span, with_r, place, letter))
    for versions in found.values():
        yield Word(versions[0].has_r, *(float(np.mean([version[k] for version in versions])) for k in (1, 2, 3)))


def _word(
    outputs: MemberOutputs, frames: NDArray[np.float32], span: slice, with_r: bool, place: int, letter: int
) -> Word:
    wide = slice(max(0, span.start - 1), span.stop + 1)
    rate, near = outputs.markers.mean(0)[wide, letter], outputs.with_.mean(0)[wide, place]
    weight = rate + LEAST_RATE
    return Word(with_r, float((weight * near).sum() / weight.sum()), float(frames[wide].max()), float(rate.sum()))
