"""The taxonomy: which defects are heard, by which marker letter. A new defect is an entry here and data."""

from typing import Final, Literal, NamedTuple

LETTERS: Final = ("р", "г")
"""Marker letters, in the order of the network's counts."""


class Defect(NamedTuple):
    """A speech defect: its name, its marker letter (None: heard anywhere in speech) and how people call it."""

    name: str
    letter: Literal["р", "г"] | None
    title_ru: str
    title_en: str

    @property
    def letter_index(self) -> int | None:
        """Its place among `LETTERS`."""
        return None if self.letter is None else LETTERS.index(self.letter)


DEFECTS: Final = (
    Defect("rhotacism", "р", "картавость", "rhotacism"),
    Defect("fricative_g", "г", "фрикативное г", "fricative г"),
    Defect("stuttering", None, "заикание", "stuttering"),
)
"""In the order of every array that has one value per defect."""

NAMES: Final = tuple(defect.name for defect in DEFECTS)

CLASSES: Final = ("none", *NAMES)
"""One class of four, in the order of the data this system inherits."""


def by_name(name: str) -> Defect:
    """The defect called `name`.

    Raises:
        KeyError: there is none.
    """
    return DEFECTS[NAMES.index(name)] if name in NAMES else _unknown(name)


def _unknown(name: str) -> Defect:
    raise KeyError(f"unknown defect {name!r}: one of {', '.join(NAMES)}")
