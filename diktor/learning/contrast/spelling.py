"""Whether an r is spoken in a written word."""

import re

_LETTERS = re.compile(r"[^a-zà-ÿ]")
_SILENT_FRENCH = re.compile(r"i?ers?$")
"""The r of parler, premier, papiers is not spoken; short words (mer, fer, hier) keep theirs."""

_FRENCH_WITH = ("hiver", "enfer", "amer", "super", "divers", "envers", "travers", "univers")
_FRENCH_WITHOUT = ("monsieur", "messieurs")


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
    if len(letters) <= 4 or letters in _FRENCH_WITH:
        return True
    return True if "r" in _SILENT_FRENCH.sub("", letters) else None
