"""Marker letters per word and per window of the grid, as stage 1 learns them, and how far each count can be trusted."""

from collections.abc import Sequence

import msgspec

from diktor.audio.grid import Grid, Window
from diktor.defects import DEFAULT, Taxonomy
from diktor.learning.transcription.markers import counts, places, readable
from diktor.learning.transcription.transcripts import SpokenWord, Transcript


class CountedWord(msgspec.Struct, frozen=True):
    """A word with its marker letters (one number per letter of the taxonomy).

    `confidence` is the model's probability, and 0 for what letters do not tell, such as a number in digits.
    """

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    markers: tuple[int, ...]


class CountedWindow(msgspec.Struct, frozen=True):
    """A window with the marker letters of its words.

    `confidence` is that of its least certain word, 1 without words. A window with a word below the least confidence is
    `uncertain`: that word's letters are not among its `markers`, which are then too few.
    """

    index: int
    start_ms: int
    end_ms: int
    markers: tuple[int, ...]
    confidence: float
    uncertain: bool


class Counted(msgspec.Struct, frozen=True):
    """One channel of a recording; `digest` is the recording's."""

    recording: str
    channel: int
    digest: str
    duration_ms: int
    words: tuple[CountedWord, ...]
    windows: tuple[CountedWindow, ...]


def count(transcript: Transcript, grid: Grid, min_confidence: float, taxonomy: Taxonomy = DEFAULT) -> list[Counted]:
    """Every channel of a transcript, its words and the windows of its grid."""
    return [
        Counted(
            recording=transcript.recording,
            channel=number,
            digest=transcript.digest,
            duration_ms=transcript.duration_ms,
            words=tuple(_word(word, taxonomy) for word in words),
            windows=tuple(_window(w, words, min_confidence, taxonomy) for w in grid.windows(transcript.duration_ms)),
        )
        for number, words in enumerate(transcript.channels)
    ]


def confidence(word: SpokenWord) -> float:
    """How far a word's letters can be trusted, 0 to 1."""
    return word.probability if readable(word.text) else 0.0


def _word(word: SpokenWord, taxonomy: Taxonomy) -> CountedWord:
    markers = counts((place.letter for place in places(word.text, taxonomy)), taxonomy)
    return CountedWord(word.text, word.start_ms, word.end_ms, confidence(word), markers)


def _window(window: Window, words: Sequence[SpokenWord], least: float, taxonomy: Taxonomy) -> CountedWindow:
    inside = [word for word in words if word.start_ms < window.end_ms and word.end_ms > window.start_ms]
    lowest = min(map(confidence, inside), default=1.0)
    spoken = [
        place.letter
        for word in inside
        if confidence(word) >= least
        for place in places(word.text, taxonomy)
        if window.start_ms <= word.start_ms + place.at * (word.end_ms - word.start_ms) < window.end_ms
    ]
    markers = counts(spoken, taxonomy)
    return CountedWindow(window.index, window.start_ms, window.end_ms, markers, lowest, lowest < least)
