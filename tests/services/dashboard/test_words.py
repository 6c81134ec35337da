"""What is said is said in both languages, and counts are spelled right."""

import re

import flask
import pytest

from services.dashboard.words import catalogue, plural, say

PLACES = re.compile(r"{(\w+)}")


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_a_message_is_whole_in_both_languages(key: str) -> None:
    entry = catalogue()[key]
    assert set(entry) == {"ru", "en"}
    forms = {language: [text] if isinstance(text, str) else text for language, text in entry.items()}
    if isinstance(entry["ru"], list):
        assert (len(forms["ru"]), len(forms["en"])) == (3, 2)
    places = {language: set(PLACES.findall(texts[-1])) for language, texts in forms.items()}
    assert places["ru"] == places["en"]
    assert all(text.strip() for texts in forms.values() for text in texts)


@pytest.mark.parametrize(
    ("n", "form"), [(1, 0), (2, 1), (5, 2), (11, 2), (12, 2), (21, 0), (22, 1), (111, 2), (0, 2), (1.5, 1)]
)
def test_russian_counts(n: float, form: int) -> None:
    assert plural("ru", n) == form


def test_numbers_are_written_as_the_language_writes_them() -> None:
    app = flask.Flask(__name__)
    with app.test_request_context(headers={"Cookie": "lang=ru"}):
        assert say("shell.calls", n=12_345) == "12\u00a0345 звонков"
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert say("shell.calls", n=12_345) == "12,345 calls"
