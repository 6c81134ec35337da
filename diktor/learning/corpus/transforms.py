"""What makes examples of a defect, by the name that the taxonomy calls it.

A defect with letters replaces their sounds, one without does something to whole words. A name with a colon is a
function of any other module, `module:function`, so that a new defect needs no change here.
"""

from collections.abc import Callable
from importlib import import_module
from random import Random
from typing import Any

from diktor.defects import Defect, Taxonomy
from diktor.errors import DiktorError
from diktor.learning.corpus import fluency, sounds
from diktor.learning.corpus.fluency import Event
from diktor.learning.corpus.sounds import Place, Replacement
from diktor.learning.corpus.source import Word
from diktor.learning.corpus.world import Frames

SoundTransform = Callable[[Frames, Place, str, Random], Replacement]
"""(the utterance's frames, where the sound is, its phone, what chance depends on) → what stands in its place."""

WordTransform = Callable[[Word, Random], Event]
"""(a word, what chance depends on) → what can happen at it."""


def check(taxonomy: Taxonomy) -> None:
    """That examples of every defect can be made.

    Raises:
        DiktorError: one has no transform.
    """
    for defect in taxonomy.defects:
        _found(defect, SOUNDS if defect.letters else WORDS)


def of_sounds(defect: Defect) -> SoundTransform:
    """How sounds of the defect's letters are made defective.

    Raises:
        DiktorError: the taxonomy names no such function.
    """
    found: SoundTransform = _found(defect, SOUNDS)
    return found


def of_words(defect: Defect) -> WordTransform:
    """How words are made defective.

    Raises:
        DiktorError: the taxonomy names no such function.
    """
    found: WordTransform = _found(defect, WORDS)
    return found


def uvular(source: Frames, place: Place, phone: str, rng: Random) -> Replacement:
    """A uvular р for a trilled one; doubled phones are palatalised."""
    return sounds.rhotic(source, place, phone == "rr", rng)


def fricative(source: Frames, place: Place, phone: str, rng: Random) -> Replacement:
    """A voiced velar fricative for г."""
    return sounds.fricative_g(source, place, rng)


SOUNDS: dict[str, SoundTransform] = {"uvular": uvular, "fricative": fricative}
WORDS: dict[str, WordTransform] = {"stutter": fluency.stutter_at}


def _found(defect: Defect, known: dict[str, Any]) -> Any:
    name = defect.transform
    module, colon, function = name.partition(":")
    try:
        return getattr(import_module(module), function) if colon else known[name]
    except (ImportError, AttributeError, KeyError) as error:
        raise DiktorError(
            f"{defect.name} has no transform {name!r}", f"Name one of {', '.join(known)}, or module:function"
        ) from error
