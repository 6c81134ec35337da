"""The taxonomy: which defects are heard, by which marker letters. A new defect is an entry in a file and data.

`defects.toml` beside this module is the default. Learning goes by the taxonomy of its corpus, scoring by the release's.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from diktor.errors import DiktorError


class Defect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A speech defect: its name, how people call it, and by what it is heard, made and learned.

    `letters` are its marker letters, counted as one (none: it is heard anywhere in speech), `phones` their sounds in
    the source speech. `transform` makes examples of it: a name of `diktor.learning.corpus.transforms`, or
    `module:function`. A verdict needs `minimum_markers` marker sounds and `minimum_speech_ms` of speech. The detector
    that waits for no letter judges a window by its `loudest` share of frames. In training the defect's loss weighs
    `emphasis`, matched pairs of its sound `pair_emphasis`, and each of its frames `positive` times a healthy one. Five
    seconds of a speaker who has it hold it with a likelihood of `present`.
    """

    name: str
    title_ru: str
    title_en: str
    letters: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    transform: str = ""
    minimum_markers: float = 0.0
    minimum_speech_ms: int = 0
    loudest: float = 0.05
    emphasis: float = 1.0
    pair_emphasis: float = 1.0
    positive: float = 3.0
    present: float = 0.6

    @property
    def letter(self) -> str | None:
        """Its marker letters as one word, which is what their count is called."""
        return "".join(self.letters) or None


class Taxonomy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Defects, in the order of every array that has one value per defect."""

    defects: tuple[Defect, ...]

    def __post_init__(self) -> None:
        letters = [letter for defect in self.defects for letter in defect.letters]
        phones = [phone for defect in self.defects for phone in defect.phones]
        for what, found in (("name", [*self.names, "none", "healthy", MIXED]), ("letter", letters), ("phone", phones)):
            if twice := sorted({item for item in found if found.count(item) > 1}):
                raise ValueError(f"{', '.join(twice)}: a {what} has one meaning")
        if not letters or len(self.anywhere) > 1:
            raise ValueError("one defect or more has letters, and one at most has none")
        if unlike := [defect.name for defect in self.defects if bool(defect.letters) != bool(defect.phones)]:
            raise ValueError(f"{', '.join(unlike)}: letters and phones go together")
        if any(len(letter) != 1 for letter in letters):
            raise ValueError("a letter is one character")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the defects."""
        return tuple(defect.name for defect in self.defects)

    @property
    def classes(self) -> tuple[str, ...]:
        """One class of several, where a comparison needs it: none, or one of the defects."""
        return ("none", *self.names)

    @property
    def letters(self) -> tuple[str, ...]:
        """Marker letters, in the order of the network's counts."""
        return tuple(defect.letter for defect in self.defects if defect.letter is not None)

    @property
    def spoken(self) -> tuple[int, ...]:
        """Places of the defects that have letters, in the letters' order."""
        return tuple(place for place, defect in enumerate(self.defects) if defect.letters)

    @property
    def anywhere(self) -> tuple[int, ...]:
        """Places of the defects that have none."""
        return tuple(place for place, defect in enumerate(self.defects) if not defect.letters)

    @property
    def versions(self) -> tuple[str, ...]:
        """In how many ways a corpus says an utterance: healthy, with each defect, with those of all letters."""
        spoken, anywhere = ([self.names[place] for place in places] for places in (self.spoken, self.anywhere))
        return ("healthy", *spoken, MIXED, *anywhere)

    @property
    def letter_of_phone(self) -> dict[str, str]:
        """The marker letter that each of their phones counts as."""
        return {phone: defect.letter for defect in self.defects if defect.letter for phone in defect.phones}

    def only(self, names: Sequence[str]) -> "Taxonomy":
        """The taxonomy of these defects alone.

        Raises:
            ValueError: it has none of that name.
        """
        return Taxonomy(tuple(self.defects[self.names.index(name)] for name in names))

    def letter_index(self, place: int) -> int | None:
        """Where the letter of the defect at `place` stands among `letters`."""
        return self.spoken.index(place) if place in self.spoken else None


MIXED: Final = "mixed"
"""The version of an utterance that has the defects of all letters."""


def load(path: Path) -> Taxonomy:
    """The taxonomy in a TOML file.

    Raises:
        DiktorError: the file is missing, is no TOML, or says what no taxonomy can.
    """
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Taxonomy)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise DiktorError(f"{path} is no taxonomy: {error}", "Write it as diktor/defects.toml is written") from error


DEFAULT: Final = load(Path(__file__).with_suffix(".toml"))
DEFECTS: Final = DEFAULT.defects
LETTERS: Final = DEFAULT.letters
NAMES: Final = DEFAULT.names
CLASSES: Final = DEFAULT.classes
"""One class of four, in the order of the data this system inherits."""


def by_name(name: str) -> Defect:
    """The defect of the default taxonomy called `name`.

    Raises:
        KeyError: there is none.
    """
    return DEFECTS[NAMES.index(name)] if name in NAMES else _unknown(name)


def _unknown(name: str) -> Defect:
    raise KeyError(f"unknown defect {name!r}: one of {', '.join(NAMES)}")
