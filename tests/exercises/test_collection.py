"""The collection: Russian, without repeats, and enough of everything that may be asked for."""

import re
from itertools import combinations

import pytest

from diktor.exercises.collection import collection
from diktor.exercises.criteria import SHARES, meets
from diktor.exercises.text import BANDS
from diktor.learning.transcription.text import words
from diktor.wire.training import Criteria

SOUNDS = [frozenset(found) for count in (1, 2, 3) for found in combinations(SHARES, count)]


def test_there_are_at_least_150_and_none_comes_twice() -> None:
    assert len(collection()) >= 150
    assert len({tuple(words(item.text)) for item in collection()}) == len(collection())


def test_every_text_is_russian_and_ends_as_a_sentence_does() -> None:
    for item in collection():
        assert re.fullmatch(r"[А-ЯЁа-яё\u0301 ,.!?:-]+[.!?]", item.text), item.text
        assert not re.search(r"(?<![аеёиоуыэюя])\u0301", item.text, re.IGNORECASE), f"a stress on no vowel: {item.text}"
        assert item.text[0].isupper()
        assert "  " not in item.text


@pytest.mark.parametrize("difficulty", BANDS)
@pytest.mark.parametrize("sounds", SOUNDS, ids=lambda sounds: "+".join(sorted(sounds)))
def test_every_sound_and_combination_has_texts_of_every_difficulty(sounds: frozenset[str], difficulty: str) -> None:
    wanted = Criteria(sounds=sounds, difficulty=difficulty)  # type: ignore[arg-type]
    assert sum(meets(wanted, item.features) for item in collection()) >= 10


@pytest.mark.parametrize(("least", "most"), [(3, 4), (5, 6), (7, 9), (10, 14), (15, 24)])
@pytest.mark.parametrize("sound", SHARES)
def test_every_sound_has_short_and_long_texts(sound: str, least: int, most: int) -> None:
    wanted = Criteria(sounds=frozenset([sound]), min_words=least, max_words=most)  # type: ignore[list-item]
    assert sum(meets(wanted, item.features) for item in collection()) >= 3
