import pytest

from diktor.learning.corpus import source
from diktor.learning.transcription.markers import counts, places, readable
from tests.learning.conftest import LETTER_OF, SPEECH


def _counts(word: str) -> tuple[int, ...]:
    return counts(place.letter for place in places(word))


@pytest.mark.parametrize(
    ("word", "r", "g"),
    [
        ("рыба", 1, 0),
        ("Григорий,", 2, 2),
        ("его", 0, 0),
        ("другого", 1, 1),
        ("сегодня", 0, 0),
        ("много", 0, 1),
        ("намного", 0, 1),
        ("дорого", 1, 1),
        ("многого", 0, 1),
        ("легко", 0, 0),
        ("бог.", 0, 0),
        ("юг-восток", 0, 0),
        ("«город»", 1, 1),
        ("Мо́ре", 1, 0),
        ("—", 0, 0),
        ("", 0, 0),
    ],
)
def test_letters_count_where_they_are_spoken(word: str, r: int, g: int) -> None:
    assert _counts(word) == (r, g)


def test_a_letter_is_placed_by_its_middle() -> None:
    assert [(place.letter, place.at) for place in places("гора")] == [(1, 0.125), (0, 0.625)]


@pytest.mark.parametrize("word", ["25", "4-й", "SMS", "5%", "%", "№", "GSM-модем"])
def test_digits_signs_and_latin_letters_tell_no_sounds(word: str) -> None:
    assert not readable(word)


@pytest.mark.parametrize("word", ["Привет,", "кто-то", "ёж!", "—", "«да-да»"])
def test_russian_words_tell_their_sounds(word: str) -> None:
    assert readable(word)


def test_written_words_tell_the_sounds_of_the_source_speech() -> None:
    """The rest is voicing across words, which no word tells: хирург готовит, к дому."""
    words = [word for utterance in source.load(SPEECH) for word in utterance.words]
    wrong = [0, 0]
    for word in words:
        spoken = [LETTER_OF.get(phone.phone) for phone in word.phones]
        for number, (letter, counted) in enumerate(zip("рг", _counts(word.word), strict=True)):
            wrong[number] += spoken.count(letter) != counted
    assert len(words) > 14_000
    assert wrong[0] == 0
    assert wrong[1] < 0.01 * len(words)
