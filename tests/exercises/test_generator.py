"""Generated texts meet what was asked, whatever it was."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diktor.exercises.collection import collection
from diktor.exercises.criteria import meets, times
from diktor.exercises.generator import generate
from diktor.exercises.text import features
from diktor.learning.transcription.text import words
from diktor.wire.training import LONGEST, SHORTEST, Criteria


@st.composite
def criteria(draw: st.DrawFn) -> Criteria:
    least = draw(st.integers(SHORTEST, LONGEST))
    return Criteria(
        sounds=frozenset(draw(st.sets(st.sampled_from(["r", "g", "openings"])))),
        difficulty=draw(st.sampled_from([None, "easy", "medium", "hard"])),
        min_words=least,
        max_words=draw(st.integers(least, LONGEST)),
    )


@settings(deadline=None)  # how long a text takes is the machine's business
@given(criteria(), st.integers(0, 2**32))
def test_a_generated_text_meets_the_criteria_and_is_the_same_for_the_same_seed(wanted: Criteria, seed: int) -> None:
    made = generate(wanted, seed)
    assert meets(wanted, features(made.text))
    assert made.features == features(made.text)
    assert generate(wanted, seed) == made


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_no_word_but_the_joining_ones_comes_twice(seed: int) -> None:
    said = [word for word in words(generate(Criteria(), seed).text) if word not in ("а", "у")]
    assert len(set(said)) == len(said)


@settings(deadline=None)
@given(st.sampled_from(collection()), st.sampled_from(["r", "g", "openings"]))
def test_a_text_said_as_often_as_it_says_has_enough_of_its_sound(item, sound) -> None:  # type: ignore[no-untyped-def]
    often = times(item.features, frozenset([sound]))
    assert 1 <= often <= 5
    if meets(Criteria(sounds=frozenset([sound])), item.features) and often < 5:
        enough = {"r": item.features.r * often >= 6, "g": item.features.g * often >= 4}
        assert enough.get(sound, item.features.syllables * often >= 48)


def test_criteria_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="more than"):
        Criteria(min_words=9, max_words=4)
    for body in (b'{"min_words": 1}', b'{"sounds": ["x"]}', b'{"max_words": 900}', b'{"sound": []}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(body, type=Criteria)
