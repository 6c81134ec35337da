"""What a text asks of its reader: words, syllables, р and г as they are spoken, plosive openings, how hard it is."""

import math
import re
from itertools import groupby

import msgspec

from diktor.learning.transcription.markers import counts, places
from diktor.learning.transcription.text import words
from diktor.wire.training import Difficulty, Sound

PLOSIVES = "пбтдкг"
VOWELS = "аеиоуыэюя"
WRITTEN = re.compile(r"[^\W_](?:\u0301|[^\W_])*")
"""A word as it is written, stress marks included."""

_CLUSTER = re.compile(f"[^{VOWELS}ьъй]{{2,}}")
_ALIKE = ("рл", "сшщ", "зж", "чц", "гк")
"""Sounds that a tongue mistakes for one another: what alternates between two of a group is hard to say."""

BANDS: dict[Difficulty, tuple[float, float]] = {"easy": (0.0, 0.6), "medium": (0.6, 1.2), "hard": (1.2, math.inf)}
"""Loads, the upper end exclusive: about the terciles of the collection."""


class Features(msgspec.Struct, frozen=True):
    """Counts of a text. `r` and `g` count sounds, `openings` words; `with_r` and `with_g` count words that hold them.

    `load` is what makes a word hard on average, whatever is practised: clusters of consonants, and changes between
    sounds that are alike. It decides on the difficulty.
    """

    words: int
    syllables: int
    r: int
    g: int
    openings: int
    with_r: int
    with_g: int
    load: float

    @property
    def difficulty(self) -> Difficulty:
        """The band of the load."""
        return next(name for name, (low, high) in BANDS.items() if low <= self.load < high)

    def sounds(self, sound: Sound) -> int:
        """How many there are."""
        return {"r": self.r, "g": self.g, "openings": self.openings}[sound]

    def density(self, sound: Sound) -> float:
        """The share of the words that have it, 0 to 1."""
        having = {"r": self.with_r, "g": self.with_g, "openings": self.openings}[sound]
        return having / self.words if self.words else 0.0


def features(text: str) -> Features:
    """Count. Stress marks, case and punctuation change nothing."""
    spoken = words(text)
    each = [counts(place.letter for place in places(word)) for word in spoken]
    r, g = (sum(word[letter] for word in each) for letter in (0, 1))
    openings = sum(opens(word) for word in spoken)
    clusters = sum(len(_CLUSTER.findall(word)) for word in spoken)
    return Features(
        words=len(spoken),
        syllables=syllables(text),
        r=r,
        g=g,
        openings=openings,
        with_r=sum(word[0] > 0 for word in each),
        with_g=sum(word[1] > 0 for word in each),
        load=round((clusters + _changes("".join(spoken))) / max(1, len(spoken)), 3),
    )


def syllables(text: str) -> int:
    """Russian has a syllable per vowel letter."""
    return sum(letter in VOWELS for word in words(text) for letter in word)


def written(text: str) -> list[str]:
    """The text's words as they are written, one for each that is counted."""
    return WRITTEN.findall(text)


def opens(word: str) -> bool:
    """Whether a word begins with a plosive that a reader can get caught on; prepositions of one letter do not."""
    return len(word) > 1 and word[0] in PLOSIVES


def _changes(letters: str) -> int:
    """How often a letter of a group of alike ones is followed, in that group, by another one."""
    found = 0
    for alike in _ALIKE:
        one_by_one = [letter for letter, _ in groupby(letter for letter in letters if letter in alike)]
        found += max(0, len(one_by_one) - 1)
    return found
