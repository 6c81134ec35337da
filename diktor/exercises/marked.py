"""A text in pieces: its words with their numbers, and the letters of what is practised, so that they can be shown."""

from collections.abc import Iterator, Set
from typing import NamedTuple

from diktor.exercises.text import WRITTEN, opens
from diktor.learning.transcription.markers import places
from diktor.learning.transcription.text import words
from diktor.wire.training import Sound

_LETTERS: tuple[Sound, ...] = ("r", "g")
"""In the taxonomy's order of letters."""

_STRESS = "\u0301"


class Piece(NamedTuple):
    """A part of a text. `word` is its number among the words (from 0), None between words; `marked`: practise this."""

    text: str
    word: int | None
    marked: bool


def pieces(text: str, sounds: Set[Sound] = frozenset()) -> Iterator[Piece]:
    """The whole text in order, with spoken р and г and the first letters of openings marked where they are wanted."""
    end = 0
    for number, found in enumerate(WRITTEN.finditer(text)):
        if found.start() > end:
            yield Piece(text[end : found.start()], None, False)
        yield from _word(found.group(), number, sounds)
        end = found.end()
    if end < len(text):
        yield Piece(text[end:], None, False)


def _word(written: str, number: int, sounds: Set[Sound]) -> Iterator[Piece]:
    letters = [at for at, letter in enumerate(written) if letter != _STRESS]
    marked = {letters[int(place.at * len(letters))] for place in places(written) if _LETTERS[place.letter] in sounds}
    if "openings" in sounds and opens(words(written)[0]):
        marked.add(0)
    begin = 0
    for at in sorted(marked):
        if at > begin:
            yield Piece(written[begin:at], number, False)
        yield Piece(written[at], number, True)
        begin = at + 1
    if begin < len(written):
        yield Piece(written[begin:], number, False)
