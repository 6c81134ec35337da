"""Which marker letters of a written word are spoken as such, and where in it: его has no [г], легко and бог neither."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from diktor.defects import DEFAULT, Taxonomy

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
    """A spoken marker letter: its number among the taxonomy's, and where its middle is in the word (0 start, 1 end)."""

    letter: int
    at: float


def readable(word: str) -> bool:
    """Whether the letters of a word tell its sounds: digits, signs and Latin letters (25, %, SMS) do not."""
    bare = _bare(word)
    return not bare or _READABLE.fullmatch(bare) is not None


def places(word: str, taxonomy: Taxonomy = DEFAULT) -> tuple[Place, ...]:
    """The marker letters of a written word that are spoken, in its order."""
    bare = _bare(word)
    kept = {at for match in _SPOKEN_WHOLE.finditer(bare) for at in range(*match.span())}
    silent = {match.start() for unheard in _UNHEARD.values() for match in unheard.finditer(bare)} - kept
    letter_of = {name: n for n, place in enumerate(taxonomy.spoken) for name in taxonomy.defects[place].letters}
    return tuple(
        Place(letter_of[written], (at + 0.5) / len(bare))
        for at, written in enumerate(bare)
        if written in letter_of and at not in silent
    )


def counts(letters: Iterable[int], taxonomy: Taxonomy = DEFAULT) -> tuple[int, ...]:
    """How many there are of each marker letter, in the taxonomy's order."""
    found = list(letters)
    return tuple(found.count(letter) for letter in range(len(taxonomy.letters)))


def _bare(word: str) -> str:
    return word.replace("\u0301", "").lower().replace("ё", "е").strip(_PUNCTUATION)
