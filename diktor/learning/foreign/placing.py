"""Where the known words of recordings are: each within its own, as far as one can tell whether it says them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.learning.transcription.transcripts import SpokenWord
from diktor.learning.transcription.whisper import Recogniser
from diktor.releases import FRAME_MS, RATE

MOST_LETTERS = 200
"""Whisper has room for 448 pieces of text, and of some scripts a piece is half a letter. Of a recording with more
letters no word is sure."""

LEAST_LIKELY, FASTEST = 0.05, 22
"""A recording whose known words are less likely on average, or of more letters a second, says something else."""

SHORTEST_WORD_MS, MOST_SPREAD = 60, 4
"""A shorter word was found elsewhere; so few may be spread over a recording by their letters."""

QUIET_SHARE = 0.05
"""Of a word's loudest frame: what is fainter at its ends is no part of it."""


class Piece(NamedTuple):
    """A recording, (samples,) int16 at 8 kHz, and its words if a table tells them."""

    pcm: NDArray[np.int16]
    words: tuple[str, ...] | None


def letters(pieces: Iterable[Piece]) -> int:
    """Of all the known words."""
    return sum(len(word) for piece in pieces for word in piece.words or ())


def placed(
    together: Sequence[Piece], gap: int, samples: NDArray[np.float32], language: str, recogniser: Recogniser
) -> tuple[SpokenWord, ...]:
    """The words of recordings that stand one after another, `gap` samples apart: sure (1) or not (0).

    None of a recording is sure that says something else, as Whisper has it. Where Whisper finds a word outside, the few
    words of a short recording are spread over it, and of a longer one that word is not sure. `samples` are all of it at
    16 kHz.
    """
    words = [word for piece in together for word in piece.words or ()]
    if not words or letters(together) > MOST_LETTERS:
        return tuple(SpokenWord(word, 0, 0, 0.0) for word in words)
    spoken = iter(recogniser.align(samples, words, language))
    found, start = list[SpokenWord](), 0
    for piece in together:
        own = [next(spoken) for _ in piece.words or ()]
        said = _said(piece, own)
        for word, (first, last) in zip(own, _places(piece.pcm, own, start), strict=True):
            sure = said and last - first >= SHORTEST_WORD_MS
            found.append(SpokenWord(word.text, start + first, start + last, float(sure)))
        start += (len(piece.pcm) + gap) * 1000 // RATE
    return tuple(found)


def _said(piece: Piece, own: Sequence[SpokenWord]) -> bool:
    """Whether a recording says its words, as far as one can tell."""
    likely = bool(own) and float(np.mean([word.probability for word in own])) >= LEAST_LIKELY
    return likely and letters([piece]) <= FASTEST * len(piece.pcm) / RATE


def _places(pcm: NDArray[np.int16], own: Sequence[SpokenWord], start_ms: int) -> list[tuple[int, int]]:
    """From where to where each word is in its recording, which begins at `start_ms`, in ms without quiet ends.

    The first begins and the last ends with its sound. Where a word would begin outside, a few are spread by their
    letters.
    """
    first, last = _loud(pcm, 0, len(pcm) * 1000 // RATE)
    inner = [word.start_ms - start_ms for word in own[1:]]
    if len(own) <= MOST_SPREAD and not all(first < place < last for place in inner):
        share = np.cumsum([len(word.text) for word in own]) / sum(len(word.text) for word in own)
        inner = [round(first + (last - first) * place) for place in share[:-1].tolist()]
    return [_loud(pcm, *edges) for edges in pairwise([first, *(min(max(place, first), last) for place in inner), last])]


def _loud(pcm: NDArray[np.int16], start_ms: int, end_ms: int) -> tuple[int, int]:
    """A stretch of a recording without what is not in it and without the quiet at both ends, in ms."""
    first, last = max(0, start_ms) // FRAME_MS, min(end_ms, len(pcm) * 1000 // RATE) // FRAME_MS
    if last <= first:
        return first * FRAME_MS, first * FRAME_MS
    size = FRAME_MS * RATE // 1000
    frames = pcm[first * size : last * size].astype(np.float32).reshape(-1, size)
    level = np.sqrt(np.square(frames).mean(1))
    loud = first + np.flatnonzero(level >= QUIET_SHARE * level.max())
    return int(loud[0]) * FRAME_MS, int(loud[-1] + 1) * FRAME_MS
