from pathlib import Path

import pytest

from diktor.audio.grid import Grid
from diktor.errors import DiktorError
from diktor.learning.transcription.counting import Counted, count
from diktor.learning.transcription.known import Known, Sound, known
from diktor.learning.transcription.report import report
from diktor.learning.transcription.transcripts import Model, SpokenWord, Transcript


def _heard(name: str, *words: tuple[str, float]) -> list[Counted]:
    spoken = tuple(SpokenWord(text, 500 * k, 500 * k + 400, p) for k, (text, p) in enumerate(words))
    return count(Transcript(name, "d", Model("test", "0"), "ru", "ru", 4000, (spoken,)), Grid(), 0.5)


def test_figures_are_told_apart_by_what_is_known_of_a_recording() -> None:
    counted = _heard("a", ("Рука", 0.9), ("руку", 0.9), ("моет.", 0.4)) + _heard("b", ("кора", 0.9), ("мела", 0.6))
    texts = {
        ("a", 0): Known(("рука", "руку", "моет"), {"voice": "Anna"}),
        ("b", 0): Known(("гора", "мала"), {"voice": "Irina"}),
    }
    found = report(counted, texts, 0.5)
    assert found is not None
    assert (found.total.channels, found.total.reference, found.total.wer) == (2, 5, 0.4)
    assert found.total.kept == 0.8
    anna, irina = found.by["voice"]["Anna"], found.by["voice"]["Irina"]
    assert (anna.wer, anna.exact, anna.right) == (0.0, {"р": 1.0, "г": 1.0}, {"р": 1.0, "г": 1.0})
    assert (irina.wer, irina.exact, irina.right) == (1.0, {"р": 1.0, "г": 0.0}, {"р": 1.0, "г": 0.5})
    assert [(row.kept, row.right) for row in found.least if row.confidence in (0.0, 0.9)] == [(1.0, 0.8), (0.6, 0.6667)]
    assert found.windows == {}


def test_windows_are_held_against_sounds_where_these_are_known() -> None:
    counted = _heard("a", ("рука", 0.9)) + _heard("b", ("рука", 0.1))
    sounds = (Sound(0, 60.0), Sound(0, 4500.0))
    found = report(counted, {(name, 0): Known(("рука",), {}, sounds) for name in "ab"}, 0.5)
    assert found is not None
    assert {name: (w.windows, w.exact["р"]) for name, w in found.windows.items()} == {
        "certain": (1, 1.0),
        "uncertain": (1, 0.0),
    }


def test_nothing_known_is_no_report() -> None:
    assert report(_heard("a", ("рука", 0.9)), {}, 0.5) is None


def test_a_table_tells_what_was_said(tmp_path: Path) -> None:
    assert known(tmp_path) == {}
    table = tmp_path / "transcripts.csv"
    table.write_text("file,text,channel,voice\na.wav,«Ещё раз»,1,Anna\nb.wav,два,,Irina\n", "utf-8-sig")
    assert known(tmp_path) == {
        ("a.wav", 1): Known(("еще", "раз"), {"voice": "Anna"}),
        ("b.wav", 0): Known(("два",), {"voice": "Irina"}),
    }


@pytest.mark.parametrize(
    ("content", "line"),
    [("name,text\na.wav,два\n", 2), ("file,text,channel\na.wav,два,0\nb.wav,три,left\n", 3), ("file,text\na.wav\n", 2)],
)
def test_a_table_that_cannot_be_used_is_refused_by_its_line(tmp_path: Path, content: str, line: int) -> None:
    (tmp_path / "transcripts.csv").write_text(content, "utf-8")
    with pytest.raises(DiktorError, match=rf"line {line} .*columns are file, text"):
        known(tmp_path)
