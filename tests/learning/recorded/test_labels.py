"""Labels in either form are read, and a wrong line is named."""

from pathlib import Path

import pytest

from diktor.errors import DiktorError
from diktor.learning.recorded.labels import Labelled, jobs_of, read


def _written(folder: Path, text: str) -> Path:
    (folder / "labels.csv").write_text(text, "utf-8")
    return folder / "labels.csv"


def test_columns_stand_in_any_order(tmp_path: Path) -> None:
    found = read(_written(tmp_path, "\ufeffspeaker,class,file,channel\nanna,fricative_g,a.mp3,1\n\nboris,0,b.wav,\n"))
    assert found == [Labelled("a.mp3", 2, 1, "anna"), Labelled("b.wav", 0, None, "boris")]


def test_the_archive_has_no_header(tmp_path: Path) -> None:
    assert read(_written(tmp_path, "1.mp3,1\n2.mp3,3\n")) == [
        Labelled("1.mp3", 1, None, ""),
        Labelled("2.mp3", 3, None, ""),
    ]


def test_healthy_is_a_name_of_none(tmp_path: Path) -> None:
    assert [item.expected for item in read(_written(tmp_path, "file,class\na,healthy\nb,none\n"))] == [0, 0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file,class\nfine.wav,0\ncall.wav,lisp\n", r"line 3 of .*'lisp' of call\.wav"),
        ("file,class\ncall.wav,4\n", r"line 2 of .*'4' of call\.wav"),
        ("a.wav,0\nb.wav,0,1\n", "line 2 of .*3 cells, not 2"),
        ("file,class,channel\ncall.wav,0,left\n", r"line 2 of .*channel 'left' of call\.wav"),
        ("file,class\na.wav,0\na.wav,1\n", r"a\.wav twice"),
        ("file,class\n,0\n", "line 2 of .*names no file"),
        ("file,channel\na.wav,0\n", "no column class"),
        ("file,class\n", "names no recording"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DiktorError, match=told):
        read(_written(tmp_path, text))


def test_a_recording_with_two_labelled_channels_is_heard_once(tmp_path: Path) -> None:
    labels = read(_written(tmp_path, "file,class,channel\na.wav,0,0\nb.wav,1,0\na.wav,1,1\n"))
    assert [(job.file, job.channels) for job in jobs_of(tmp_path, labels)] == [("a.wav", (0, 1)), ("b.wav", (0,))]
