"""A known text in what was heard."""

import pytest

from diktor.exercises.pauses import pieces
from diktor.exercises.reading import read
from diktor.learning.transcription.transcripts import SpokenWord

TEXT = "Орёл на горе, перо на орле."


def spoken(text: str, ms: int = 400) -> list[SpokenWord]:
    """Words one after another."""
    return [SpokenWord(word, k * ms, (k + 1) * ms, 0.9) for k, word in enumerate(text.split())]


def test_every_word_is_found_with_its_time() -> None:
    found = read(TEXT, spoken("Орел на горе, перо на орле."))
    assert [word.place for word in found.words] == [0, 1, 2, 3, 4, 5]
    assert [(word.start_ms, word.end_ms) for word in found.words] == [(k * 400, k * 400 + 400) for k in range(6)]
    assert (found.times, found.complete, found.covered, found.like) == (1, 1.0, 1.0, 1.0)


def test_words_heard_together_and_with_wrong_letters_are_found() -> None:
    found = read(TEXT, spoken("арёл нагоре пего на огле", 600))
    assert found.complete == 1.0
    assert found.words[2].start_ms > 600 + 150  # горе, of нагоре


def test_a_word_that_was_left_out_is_missing() -> None:
    found = read(TEXT, spoken("Орёл на горе на орле."))
    assert [word.place for word in found.words] == [0, 1, 2, 4, 5]


@pytest.mark.parametrize("times", [1, 2, 3, 5])
def test_a_text_said_several_times_is_found_so_often(times: int) -> None:
    found = read(TEXT, spoken(" ".join([TEXT] * times)))
    assert (found.times, found.complete) == (times, 1.0)
    assert [word.saying for word in found.words] == [k // 6 for k in range(6 * times)]


def test_who_stutters_says_the_text_once_and_more() -> None:
    found = read(TEXT, spoken("ор ор орёл на на на го горе пе пе пе перо на ор орле"))
    assert (found.times, found.complete) == (1, 1.0)


def test_another_text_has_little_in_common() -> None:
    found = read(TEXT, spoken("Шла Саша по шоссе и сосала сушку"))
    assert found.like < 0.5
    assert found.covered < 0.4
    assert read(TEXT, []).complete == 0.0


def test_tempo_counts_syllables_of_words_and_no_pauses() -> None:
    slow = [SpokenWord(word.text, 2 * word.start_ms, 2 * word.start_ms + 400, 0.9) for word in spoken(TEXT)]
    assert read(TEXT, slow).syllables_per_s == read(TEXT, spoken(TEXT)).syllables_per_s == round(10 / 2.4, 2)
    assert read(TEXT, []).syllables_per_s is None


def test_speech_is_cut_at_pauses_into_pieces_that_are_long_enough() -> None:
    speech = [(0, 900), (1100, 2000), (2300, 3100), (3400, 4300), (4600, 4800)]
    assert pieces(speech, 1500, 5000) == [(0, 2100), (2200, 4900)]
    assert pieces([], 1500, 5000) == []
