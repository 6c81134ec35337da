"""Makes texts that meet criteria: sentences of a simple grammar whose words are exchanged until the counts are right.

A clause is who did what to what, perhaps what kind of thing and where; clauses are joined by «а». The words lie in
`generator.toml`, inflected and chosen so that any of them go together.
"""

import math
import random
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from diktor.errors import QueryError
from diktor.exercises.collection import Twister, twister
from diktor.exercises.criteria import meets, share
from diktor.exercises.text import BANDS, Features, features
from diktor.wire.training import LONGEST, SHORTEST, Criteria

_SIZES = range(3, 7)
"""Words of a clause: three, an adjective more, and «у» with a place two more."""

_STEPS, _STARTS = 150, 20


class _Words(NamedTuple):
    men: list[str]
    women: list[str]
    verbs: list[list[str]]
    adjectives: list[list[str]]
    things: list[tuple[int, str]]
    places: list[str]


class _Clause(NamedTuple):
    """Places in the word lists; the size says which of them are said."""

    size: int
    woman: bool
    who: int
    verb: int
    adjective: int
    thing: int
    place: int


def generate(criteria: Criteria, seed: int) -> Twister:
    """A text that meets the criteria; the same seed gives the same one.

    Raises:
        QueryError: no text was found that does.
    """
    chance = random.Random(seed)
    for _ in range(_STARTS):
        clauses = _start(chance, chance.randint(criteria.min_words, criteria.max_words))
        text = _text(clauses)
        missing = _missing(criteria, features(text))
        for _ in range(_STEPS):
            if missing <= 0 and meets(criteria, features(text)):
                return twister(text, "generated")
            changed = _changed(chance, clauses)
            other = _text(changed)
            short = _missing(criteria, features(other))
            if short <= missing:
                clauses, text, missing = changed, other, short
    raise QueryError("no text that meets all of these criteria was found", "Ask for less: fewer sounds, other lengths")


def _missing(criteria: Criteria, found: Features) -> float:
    """How far a text is from the criteria; 0 when it meets them, its length apart."""
    low, high = BANDS[criteria.difficulty] if criteria.difficulty else (0.0, math.inf)
    beside = max(0.0, low - found.load, found.load - high)
    return beside + sum(max(0.0, share(criteria, sound) - found.density(sound)) for sound in criteria.sounds)


def _start(chance: random.Random, length: int) -> list[_Clause]:
    """Clauses of so many words in all, every joining «а» counted."""
    assert SHORTEST <= length <= LONGEST
    fewest, most = -(-(length + 1) // (_SIZES[-1] + 1)), (length + 1) // (_SIZES[0] + 1)
    count = chance.randint(fewest, most)
    sizes = [_SIZES[0]] * count
    for _ in range(length - (count - 1) - sum(sizes)):
        sizes[chance.choice([place for place, size in enumerate(sizes) if size < _SIZES[-1]])] += 1
    clauses: list[_Clause] = []
    for size in sizes:
        clauses.append(_drawn(chance, size, clauses))
    return clauses


def _changed(chance: random.Random, clauses: list[_Clause]) -> list[_Clause]:
    """The same with one word exchanged, or one clause drawn anew."""
    place = chance.randrange(len(clauses))
    others = clauses[:place] + clauses[place + 1 :]
    new, old = _drawn(chance, clauses[place].size, others), clauses[place]
    field = chance.choice(("all", "who", "verb", "adjective", "thing", "place"))
    if field == "who":
        new = old._replace(woman=new.woman, who=new.who)
    elif field != "all":
        new = old._replace(**{field: getattr(new, field)})
    return [*clauses[:place], new, *clauses[place + 1 :]]


def _drawn(chance: random.Random, size: int, others: list[_Clause]) -> _Clause:
    """A clause that shares no word with the others."""
    words = _words()
    woman = chance.random() < 0.5
    people = words.women if woman else words.men

    def draw(count: int, used: list[int]) -> int:
        return chance.choice([number for number in range(count) if number not in used])

    return _Clause(
        size,
        woman,
        draw(len(people), [clause.who for clause in others if clause.woman == woman]),
        draw(len(words.verbs), [clause.verb for clause in others]),
        draw(len(words.adjectives), [clause.adjective for clause in others]),
        draw(len(words.things), [clause.thing for clause in others]),
        draw(len(words.places), [clause.place for clause in others]),
    )


def _text(clauses: list[_Clause]) -> str:
    text = ", а ".join(_said(clause) for clause in clauses) + "."
    return text[0].upper() + text[1:]


def _said(clause: _Clause) -> str:
    words = _words()
    gender, thing = words.things[clause.thing]
    parts = [(words.women if clause.woman else words.men)[clause.who], words.verbs[clause.verb][clause.woman]]
    if clause.size in (4, 6):
        parts.append(words.adjectives[clause.adjective][gender])
    parts.append(thing)
    if clause.size >= 5:
        parts.append(f"у {words.places[clause.place]}")
    return " ".join(parts)


@cache
def _words() -> _Words:
    found = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    things = enumerate(found["things"][gender].split() for gender in ("masculine", "feminine", "neuter", "plural"))
    return _Words(
        found["men"].split(),
        found["women"].split(),
        [forms.split("/") for forms in found["verbs"].split()],
        [forms.split("/") for forms in found["adjectives"].split()],
        [(gender, thing) for gender, group in things for thing in group],
        found["places"]["of"].split(),
    )
