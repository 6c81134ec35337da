import pytest
from hypothesis import given
from hypothesis import strategies as st

from diktor.learning.transcription.text import align, errors, words


def test_case_punctuation_stress_and_yo_do_not_count() -> None:
    assert words("«Ещё» ра́з — кто-то, ДВА…") == ["еще", "раз", "кто", "то", "два"]


@pytest.mark.parametrize(
    ("reference", "heard", "wrong"),
    [
        ("", "", 0),
        ("а б в", "а б в", 0),
        ("а б в", "", 3),
        ("", "а б", 2),
        ("а б в", "а х в", 1),
        ("а б в", "а в", 1),
        ("а б", "а х б", 1),
        ("к и т т е н", "с и т т и н г", 3),
        ("пригородный поезд", "при городной поезд", 2),
    ],
)
def test_wrong_missing_and_added_words_are_errors(reference: str, heard: str, wrong: int) -> None:
    a, b = reference.split(), heard.split()
    assert errors(a, b, align(a, b)) == wrong


LETTERS = st.lists(st.sampled_from("абв"), max_size=8)


@given(LETTERS, LETTERS)
def test_a_pairing_names_every_word_once_and_is_the_cheapest(a: list[str], b: list[str]) -> None:
    pairs = align(a, b)
    assert [i for i, _ in pairs if i is not None] == list(range(len(a)))
    assert [j for _, j in pairs if j is not None] == list(range(len(b)))
    assert errors(a, b, pairs) == _distance(a, b)
    assert (None, None) not in pairs


def _distance(a: list[str], b: list[str]) -> int:
    """By the definition, cell by cell."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y)))
    return row[-1]
