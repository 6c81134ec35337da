"""Which marker sounds are spoken in the written words of other languages: r, and g where it is no other sound."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from diktor.errors import DiktorError

_LETTERS = re.compile(r"[^a-zà-ÿ]")
_SILENT_FRENCH = re.compile(r"i?ers?$")
"""The r of parler, premier, papiers is not spoken; short words (mer, fer, hier) keep theirs."""

_FRENCH_WITH = ("hiver", "enfer", "amer", "super", "divers", "envers", "travers", "univers")
_FRENCH_WITHOUT = ("monsieur", "messieurs")

_R = re.compile("r+")
_HARD = re.compile("g+(?=[aouhr]|l(?!i))")
"""French and Italian g before back vowels and consonants; before e, i and n it is another sound, at the end silent."""

_SPANISH = re.compile("g(?=[aourlnm])")
_AFTER_NASAL = re.compile("[nm]$")

OF = {"fr": "rhotacism", "it": "healthy", "es": "fricative_g"}
"""By language: the defect of Russian that its sounds have. A French r is uvular, a Spanish g is a stop after n alone;
Italian has neither. Of no other language is it known here how r and g are spelled."""


class Sound(NamedTuple):
    """A marker sound, `letter` р or г: its middle in the word (0 start, 1 end), and how much of it a letter takes.

    `foreign`: spoken as Russian with the language's defect would be.
    """

    letter: str
    at: float
    each: float
    foreign: bool


def check(language: str) -> None:
    """Refuse a language of which it is not known how r and g are spelled.

    Raises:
        DiktorError: it is such a one.
    """
    if language not in OF:
        raise DiktorError(f"how r and g are spelled in {language} is not known", f"Languages are {', '.join(OF)}")


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
    if _keeps_its_end(letters):
        return True
    return True if "r" in _SILENT_FRENCH.sub("", letters) else None


def sounds(word: str, language: str) -> tuple[Sound, ...] | None:
    """The р and г of a word in one of the languages of `OF`; None where its spelling does not tell.

    A Spanish g at the start of a word does not: what it is hangs on the word before.
    """
    letters, with_r = _plain(word), has_r(word, language)
    if with_r is None or not letters or (language == "es" and _SPANISH.match(letters)):
        return None
    return tuple(_sounds(letters, language))


def spoken(word: str, language: str, letter: str) -> bool | None:
    """Whether a marker letter is in the word, spoken as the language usually has it; None where that is not known.

    A Spanish word with a stop is left out, and so are words whose written g or j is another sound.
    """
    if letter == "р":
        return has_r(word, language)
    found = sounds(word, language)
    if found is None:
        return None
    mine = [sound.foreign for sound in found if sound.letter == letter]
    if not mine:
        return None if set("gj") & set(_plain(word)) else False
    return True if set(mine) == {OF[language] == "fricative_g"} else None


def _sounds(letters: str, language: str) -> Iterator[Sound]:
    silent = len(letters)
    if language == "fr" and not _keeps_its_end(letters):
        silent = len(_SILENT_FRENCH.sub("", letters))
    for letter, pattern in (("р", _R), ("г", _SPANISH if language == "es" else _HARD)):
        for found in pattern.finditer(letters):
            if letter == "р" and found.start() >= silent:
                continue
            nasal = _AFTER_NASAL.search(letters[: found.start()])
            foreign = language == "fr" if letter == "р" else language == "es" and not nasal
            middle = (found.start() + found.end()) / 2 / len(letters)
            yield Sound(letter, middle, 1 / len(letters), foreign)


def _keeps_its_end(letters: str) -> bool:
    return len(letters) <= 4 or letters in _FRENCH_WITH


def _plain(word: str) -> str:
    """Small letters without accents and signs."""
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if "a" <= c <= "z")
