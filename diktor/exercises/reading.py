"""Where the words of a known text are in what was heard: letters are paired by edit distance, words follow from them.

A recogniser hears the words of tongue twisters together and apart, and some letters wrong: «накурганке» is still «на
курганке», and burred р comes as г. So letters are compared, and a word was said if enough of its letters were heard.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from diktor.exercises.text import VOWELS
from diktor.learning.transcription.text import align, words
from diktor.learning.transcription.transcripts import SpokenWord

SAID = 0.5
"""The share of a word's letters that must be heard."""

MOST_TIMES = 10
"""A text is looked for so many times in a row."""


class ReadWord(msgspec.Struct, frozen=True):
    """A word that was said: its place in the text, which saying of the text it is in (from 0), when it was said."""

    place: int
    saying: int
    start_ms: int
    end_ms: int


class Letter(NamedTuple):
    """A letter that was heard, and when."""

    letter: str
    start_ms: float
    end_ms: float


class Reading(msgspec.Struct, frozen=True):
    """How a text was said, `times` in a row.

    `complete` is the share of the words that were said, `covered` of the text's letters; `like` is the share of the
    letters heard that belong to the text. `syllables_per_s` is how fast the words heard were spoken, without the pauses
    between them; None without any.
    """

    words: tuple[ReadWord, ...]
    times: int
    complete: float
    covered: float
    like: float
    syllables_per_s: float | None


def read(text: str, heard: Sequence[SpokenWord]) -> Reading:
    """Find a text in the words that were heard, in their order."""
    letters = [letter for word in heard for letter in _letters(word)]
    longest = min(max(1, round(len(letters) / len("".join(words(text))))), MOST_TIMES)
    return max((_found(text, letters, times, _tempo(heard)) for times in range(1, longest + 1)), key=_agreement)


def _found(text: str, heard: Sequence[Letter], times: int, tempo: float | None) -> Reading:
    """The text so many times in a row."""
    wanted = words(text) * times
    spelt = [(number, letter) for number, word in enumerate(wanted) for letter in word]
    said: dict[int, list[Letter]] = {}
    for i, j in align([letter for _, letter in spelt], [letter.letter for letter in heard]):
        if i is not None and j is not None and spelt[i][1] == heard[j].letter:
            said.setdefault(spelt[i][0], []).append(heard[j])
    length = len(wanted) // times
    found = tuple(
        ReadWord(number % length, number // length, round(at[0].start_ms), round(at[-1].end_ms))
        for number, at in sorted(said.items())
        if len(at) >= SAID * len(wanted[number])
    )
    matched = sum(map(len, said.values()))
    like = matched / len(heard) if heard else 0.0
    return Reading(found, times, len(found) / len(wanted), matched / len(spelt), like, tempo)


def _agreement(reading: Reading) -> float:
    """The share of all letters, written and heard, that have their match."""
    both = reading.covered + reading.like
    return reading.covered * reading.like / both if both else 0.0


def _letters(word: SpokenWord) -> list[Letter]:
    """A heard word's letters, each with its share of the word's time."""
    spelt = list(chain.from_iterable(words(word.text)))
    step = (word.end_ms - word.start_ms) / max(1, len(spelt))
    return [
        Letter(letter, word.start_ms + number * step, word.start_ms + (number + 1) * step)
        for number, letter in enumerate(spelt)
    ]


def _tempo(heard: Sequence[SpokenWord]) -> float | None:
    syllables = sum(letter in VOWELS for word in heard for letter in chain.from_iterable(words(word.text)))
    seconds = sum(word.end_ms - word.start_ms for word in heard) / 1000
    return round(syllables / seconds, 2) if syllables and seconds > 0 else None
