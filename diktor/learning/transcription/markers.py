"""Which marker letters of a written word are spoken as such, and where in it: его has no [г], легко and бог neither."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from diktor.defects import LETTERS

_DEVOICED = r"г(?=[кпстфхцчшщ]|[^а-я]|$)"
"""Before a voiceless consonant and at the end г is [к] or [х]."""

_GENITIVE = r"(?<=[ое])г(?=о(?:ся)?(?:[^а-я]|$))"
"""The г of -ого, -его and of сегодня is [в] …"""

_SPOKEN_IN = r"(?<![а-я])(?:(?:не|на|за)?(?:много|строго|дорого|убого|полого|отлого)|лого|эго|диего)(?![а-я])"
"""… but not in these."""

_UNHEARD = {"г": re.compile(f"{_DEVOICED}|{_GENITIVE}|(?<=\\bсе)г(?=одня)")}
"""By letter: where it is written and not spoken. A letter that is missing here is always spoken."""

_SPOKEN_WHOLE = re.compile(_SPOKEN_IN)
_PUNCTUATION = " .,!?;:…-–—\"'«»„“”()[]"
_READABLE = re.compile(r"[а-я]+(?:-[а-я]+)*")


class Place(NamedTuple):
    """A spoken marker letter: its number in `LETTERS`, and where its middle is in the word (0 start, 1 end)."""

    letter: int
    at: float


def readable(word: str) -> bool:
    """Whether the letters of a word tell its sounds: digits, signs and Latin letters (25, %, SMS) do not."""
    bare = _bare(word)
    return not bare or _READABLE.fullmatch(bare) is not None


def places(word: str) -> tuple[Place, ...]:
    """The marker letters of a written word that are spoken, in its order."""
    bare = _bare(word)
    found = []
    for letter, name in enumerate(LETTERS):
        unheard = _UNHEARD.get(name)
        kept = {at for match in _SPOKEN_WHOLE.finditer(bare) for at in range(*match.span())}
        silent = {match.start() for match in unheard.finditer(bare)} - kept if unheard else set()
        found += [
            Place(letter, (at + 0.5) / len(bare))
            for at, written in enumerate(bare)
            if written == name and at not in silent
        ]
    return tuple(sorted(found, key=lambda place: place.at))


def counts(letters: Iterable[int]) -> tuple[int, ...]:
    """How many there are of each marker letter, in the order of `LETTERS`."""
    found = list(letters)
    return tuple(found.count(letter) for letter in range(len(LETTERS)))


def _bare(word: str) -> str:
    return word.replace("\u0301", "").lower().replace("ё", "е").strip(_PUNCTUATION)
