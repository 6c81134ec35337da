"""What is heard of a take, as it was read or with what was cut into it, and where its words and letters are then."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from diktor.learning.corpus.channel import telephone, through
from diktor.learning.corpus.clips import ClipWord, Stutter, later
from diktor.learning.corpus.label import LEAST_CONFIDENCE, about
from diktor.learning.corpus.render import Rendering
from diktor.learning.corpus.source import RATE as SOURCE_RATE
from diktor.learning.foreign.spelling import Sound, sounds
from diktor.learning.foreign.takes import Take
from diktor.learning.transcription.transcripts import SpokenWord
from diktor.releases import FRAME_MS, RATE

OVER_THE_TELEPHONE = 0.5
"""Share of halting speech that is heard through room, band, noise and codec, as the corpus draws them."""

MOST_SLOWER = 1.5
"""What is so much farther from a letter than it was is a pause, or a vowel drawn out."""


class Said(NamedTuple):
    """What is heard, (samples,) int16 at 8 kHz, where its words and stutters are, and where a second of the take is."""

    pcm: NDArray[np.int16]
    words: Sequence[ClipWord]
    stutters: Sequence[Stutter]
    time: Callable[[float, bool], float]


def as_read(take: Take, codec: str) -> Said:
    """As it is, through a codec."""
    length, placed = len(take.pcm) / RATE, list[ClipWord]()
    for word in take.words:
        end = min(length, max(word.end_ms, word.start_ms + FRAME_MS) / 1000)
        placed.append(ClipWord(word.text, min(word.start_ms / 1000, end - FRAME_MS / 1000), end, False))
    return Said(through(take.pcm, codec), placed, (), lambda seconds, after: min(seconds, length))


def heard(said: Rendering, rng: Random) -> Said:
    """Halting speech as it was said, or over a telephone."""
    if rng.random() < OVER_THE_TELEPHONE:
        line = telephone(said.samples, rng)
        pcm, lead = line.pcm, line.lead_s
    else:
        plain = soxr.resample(said.samples, SOURCE_RATE, RATE).clip(-1, 1)
        pcm, lead = np.asarray(np.round(plain * 32767), np.int16), 0.0
    return Said(
        pcm,
        later(said.words, lead),
        later(said.stutters, lead),
        lambda seconds, after: said.time(seconds, after) + lead,
    )


def words(take: Take, said: Said) -> Iterator[dict[str, Any]]:
    """Every word, and whether it is sure how its letters are spoken."""
    for word, now in zip(take.words, said.words, strict=True):
        sure, end = _sounds(word, take.language) is not None, max(now.end, now.start + FRAME_MS / 1000)
        yield {"word": word.text.strip(), "start": now.start, "end": end, "sure": sure}


def marks(take: Take, said: Said) -> Iterator[dict[str, Any]]:
    """Every marker letter; none of a word that is not sure."""
    for word in take.words:
        start, end = word.start_ms / 1000, max(word.end_ms, word.start_ms + FRAME_MS) / 1000
        for sound in _sounds(word, take.language) or ():
            first, last = _now(said, start + sound.at * (end - start), *about(start, end, sound.at, sound.each))
            yield {"letter": sound.letter, "start": first, "end": last, "defective": sound.foreign}


def _now(said: Said, middle: float, first: float, last: float) -> tuple[float, float]:
    """Where a letter may be now that was between `first` and `last`: not in a pause that was put in there."""
    now = said.time(middle, True)
    start = max(said.time(first, True), now - MOST_SLOWER * (middle - first))
    return start, min(said.time(last, False), now + MOST_SLOWER * (last - middle))


def _sounds(word: SpokenWord, language: str) -> tuple[Sound, ...] | None:
    return sounds(word.text, language) if word.probability >= LEAST_CONFIDENCE else None
