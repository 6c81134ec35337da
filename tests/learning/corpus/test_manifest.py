"""A manifest in Parquet: whatever wrote it, and everything that is wrong in it at once."""

from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from diktor.errors import DiktorError
from diktor.learning.corpus.entries import TimedMark, TimedStutter, TimedWord
from diktor.learning.corpus.manifest import read


def _manifest(folder: Path, columns: dict[str, Any]) -> Path:
    for name in ("a.mp3", "b.mp3"):
        (folder / name).touch()
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "list.parquet")
    return folder / "list.parquet"


def test_what_a_row_says_is_taken(tmp_path: Path) -> None:
    path = _manifest(
        tmp_path,
        {
            "file": ["a.mp3", "b.mp3"],
            "class": ["none", "stuttering"],
            "speaker": ["Анна", None],
            "group": [None, " one "],
            "channel": pyarrow.array([None, 1], pyarrow.int8()),
            "words": [[{"word": "да", "start": 0.1, "end": 0.3}], None],
            "marks": [None, [{"letter": "г", "start": 1, "end": 2, "defective": True}]],
            "stutters": [None, [{"start": 0.5, "end": 0.75}]],
            "anything": [1.5, 2.5],
        },
    )
    entries, problems = read(path)
    assert not problems
    first, second = entries
    assert (first.version, first.speaker, first.channel, first.marks) == ("healthy", "Анна", None, None)
    assert first.words == (TimedWord("да", 0.1, 0.3),)
    assert (first.stutters, first.group) == (None, "")
    assert (second.version, second.speaker, second.channel, second.words) == ("stuttering", "", 1, None)
    assert second.marks == (TimedMark("г", 1.0, 2.0, True),)
    assert (second.stutters, second.group) == ((TimedStutter(0.5, 0.75),), "one")


@pytest.mark.parametrize(
    "classes",
    [
        pyarrow.array([0, 3], pyarrow.uint8()),
        pyarrow.array(["0", "stuttering"], pyarrow.large_string()),
        pyarrow.array(["healthy", "stuttering"]).dictionary_encode(),
    ],
)
def test_a_class_is_a_name_or_a_number_of_any_kind(tmp_path: Path, classes: Any) -> None:
    entries, problems = read(_manifest(tmp_path, {"file": ["a.mp3", "b.mp3"], "class": classes}))
    assert not problems
    assert [entry.version for entry in entries] == ["healthy", "stuttering"]


def test_every_wrong_row_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = _manifest(
        tmp_path,
        {
            "file": ["a.mp3", "lost.mp3", "b.mp3", None, "../b.mp3", "b.mp3"],
            "class": ["none", "none", "lisp", "none", "none", None],
            "channel": [2, 0, 0, 0, 0, 0],
            "words": [None, None, None, None, None, [{"word": "да", "start": "x"}]],
        },
    )
    (tmp_path.parent / "b.mp3").touch()
    entries, problems = read(path)
    assert not entries
    said = "\n".join(map(str, problems))
    for expected in (
        "row 1: channel 2 is none of",
        "row 2: lost.mp3 is missing",
        "row 3: class 'lisp' is none of",
        "row 4: file is empty",
        "row 5: ../b.mp3 lies outside",
        "row 6: class is empty",
    ):
        assert expected in said


def test_a_split_and_what_was_judged_are_taken(tmp_path: Path) -> None:
    path = _manifest(
        tmp_path,
        {
            "file": ["a.mp3", "b.mp3", "a.mp3", "b.mp3", "a.mp3"],
            "class": ["none", "rhotacism", "mixed", "none", "none"],
            "split": ["dev", None, "train", "held out", "test"],
            "judged": [["rhotacism"], None, ["rhotacism"], ["rhotacism"], ["lisp"]],
        },
    )
    entries, problems = read(path)
    assert [(entry.split, entry.judged) for entry in entries] == [("dev", ("rhotacism",)), ("", ())]
    said = "\n".join(map(str, problems))
    for expected in (
        "row 3: the class is mixed, and only rhotacism was judged",
        "row 4: split 'held out' is none of",
        "row 5: judged lisp is none of rhotacism",
    ):
        assert expected in said


def test_words_that_are_none_are_named(tmp_path: Path) -> None:
    entries, problems = read(_manifest(tmp_path, {"file": ["a.mp3"], "class": ["none"], "words": [["да"]]}))
    assert not entries
    assert "row 1: words, marks or stutters cannot be read" in str(problems[0])


def test_columns_that_are_missing_or_of_another_type_are_told_together(tmp_path: Path) -> None:
    entries, problems = read(_manifest(tmp_path, {"class": [0.5, 1.5], "channel": ["l", "r"], "speaker": [1, 2]}))
    assert not entries
    assert sorted(problem.what for problem in problems) == [
        "column channel holds string, integers are wanted",
        "column class holds double, strings are wanted",
        "column file is missing",
        "column speaker holds int64, strings are wanted",
    ]


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.parquet").write_text("file,class\n")
    with pytest.raises(DiktorError, match=r"no manifest in Parquet"):
        read(tmp_path / "list.parquet")
