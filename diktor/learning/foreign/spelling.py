"""Which marker sounds are spoken in the written words of other languages: r, and g where it is no other sound."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from diktor.errors import DiktorError
from diktor.learning.transcription.markers import places, readable


class Spelling(NamedTuple):
    """What the letters of a language say of its sounds.

    `defect`: the one of Russian that its sounds have, or healthy. `stop`, `fricative`: where a plain word has a g
    spoken so. `untold`: words that have it leave open how they are spoken.
    """

    defect: str
    stop: str = ""
    fricative: str = ""
    untold: str = ""


_VOICELESS = "[кпстфхцчшщ]"
"""Before these, and at a word's end, a Slavic g is no voiced sound."""

_HARD = "g+(?=[aouhr]|l(?!i))"
"""French and Italian g before back vowels and consonants; before e, i and n it is another sound, at the end silent."""

_EASTERN = Spelling("fricative_g", stop="ґ", fricative=f"г(?!{_VOICELESS}|$)", untold=f"г(?={_VOICELESS}|$)")

_SPELLINGS = {
    "fr": Spelling("rhotacism", stop=_HARD),
    "it": Spelling("healthy", stop=_HARD),
    "es": Spelling(
        "fricative_g",
        stop="(?<=[nm])g(?=[aourlnm])",
        fricative="(?<![nm])g(?=[aourlnm])",
        untold="^g(?=[aourlnm])",  # what it is hangs on the word before
    ),
    "ro": Spelling("healthy", stop="g+(?![ei])"),
    "bg": Spelling("healthy", stop=f"г(?!{_VOICELESS}|$)"),
    "be": _EASTERN,
    "uk": _EASTERN,
    "cs": Spelling("fricative_g", stop="g+", fricative="(?<!c)h(?![kptsfc]|$)", untold="(?<!c)h(?=[kptsfc]|$)"),
    "ru": Spelling("healthy"),
}
"""A French r is uvular; a Spanish g is a fricative but after n, a Belarusian and a Ukrainian one nearly always, and a
Czech h is what theirs is. Russian is read by `markers`. Of no other language is it known here."""

OF = {language: spelling.defect for language, spelling in _SPELLINGS.items()}
"""By language: the defect of Russian that its sounds have."""

_CYRILLIC = ("ru", "bg", "be", "uk")
_R = re.compile("[rр]+")

_SILENT_FRENCH = re.compile(r"i?ers?$")
"""The r of parler, premier, papiers is not spoken; short words (mer, fer, hier) keep theirs."""

_FRENCH_WITH = ("hiver", "enfer", "amer", "super", "divers", "envers", "travers", "univers")
_FRENCH_WITHOUT = ("monsieur", "messieurs")


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
    letters = _plain(word, language)
    if not letters or "ř" in unicodedata.normalize("NFC", word.lower()):
        return None
    if not _R.search(letters):
        return False
    if language != "fr":
        return True
    if letters in _FRENCH_WITHOUT:
        return None
    return True if "r" in letters[: _heard(letters)] else None


def sounds(word: str, language: str) -> tuple[Sound, ...] | None:
    """The р and г of a word in one of the languages of `OF`; None where its spelling does not tell."""
    letters, with_r, untold = _plain(word, language), has_r(word, language), _SPELLINGS[language].untold
    if with_r is None or (untold and re.search(untold, letters)):
        return None
    if language == "ru":
        each = 1 / len(letters)
        return tuple(Sound("рг"[place.letter], place.at, each, False) for place in places(word))
    return tuple(_sounds(letters, language))


def spoken(word: str, language: str, letter: str) -> bool | None:
    """Whether a marker letter is in the word, spoken as the language usually has it; None where that is not known.

    A word with a stop is left out where a fricative is usual, and so are words whose written g or j is another sound.
    """
    if letter == "р":
        return has_r(word, language)
    found = sounds(word, language)
    if found is None:
        return None
    mine = [sound.foreign for sound in found if sound.letter == letter]
    if not mine:
        return None if set("gjг") & set(_plain(word, language)) else False
    return True if set(mine) == {OF[language] == "fricative_g"} else None


def _sounds(letters: str, language: str) -> Iterator[Sound]:
    spelling, heard = _SPELLINGS[language], _heard(letters) if language == "fr" else len(letters)
    uvular = spelling.defect == "rhotacism"
    kinds = (("р", _R.pattern, uvular), ("г", spelling.stop, False), ("г", spelling.fricative, True))
    for letter, pattern, foreign in kinds:
        for found in re.finditer(pattern, letters) if pattern else ():
            if letter == "г" or found.start() < heard:
                yield Sound(letter, (found.start() + found.end()) / 2 / len(letters), 1 / len(letters), foreign)


def _heard(french: str) -> int:
    """Up to where a French word's r's are spoken."""
    keeps = len(french) <= 4 or french in _FRENCH_WITH
    return len(french) if keeps else len(_SILENT_FRENCH.sub("", french))


def _plain(word: str, language: str) -> str:
    """Small letters without accents and signs; nothing where they are of another script."""
    if language == "ru" and not readable(word):
        return ""
    letters = [c for c in unicodedata.normalize("NFD", word.lower()) if c.isalpha()]
    cyrillic = language in _CYRILLIC
    if any(("a" <= c <= "z") == cyrillic and c not in "œæßøłđı" for c in letters):
        return ""
    return "".join(letters)
