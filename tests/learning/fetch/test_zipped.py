"""Archives of anybody: what is refused is refused as a whole, and nothing is ever written outside the folder."""

import io
import stat
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as trying
from hypothesis import strategies as some

from diktor.errors import DiktorError
from diktor.learning.corpus.archive import AUDIO, TABLE
from diktor.learning.fetch.fetch import fetch
from diktor.settings import Settings


def packed(*files: tuple[str | zipfile.ZipInfo, bytes], table: bool = True) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (*(((TABLE, b"a,0\n"),) if table else ()), *files):
            archive.writestr(name, content)
    return file.getvalue()


def special(kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(f"{AUDIO}/a.mp3")
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    return info


def squeezed(method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(f"{AUDIO}/a.mp3")
    info.compress_type = method
    return info


def encrypted() -> bytes:
    data = bytearray(packed())
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + place] |= 1
    return bytes(data)


def overlapping() -> bytes:
    """Two names of one packed file."""
    data = packed((f"{AUDIO}/a.mp3", b"a" * 500), (f"{AUDIO}/b.mp3", b"a" * 500))
    first, second = (data.index(b"PK\3\4", start) for start in (1, data.index(b"PK\3\4", 1) + 1))
    entry = data.rindex(b"PK\1\2")
    assert data[entry + 42 : entry + 46] == struct.pack("<I", second)
    return data[: entry + 42] + struct.pack("<I", first) + data[entry + 46 :]


def damaged() -> bytes:
    info = squeezed(zipfile.ZIP_STORED)
    return packed((info, b"sound" * 100)).replace(b"sound", b"bound", 1)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "slip": (lambda: packed((f"{AUDIO}/../../../out.mp3", b"x")), "leads out of the folder"),
    "absolute": (lambda: packed(("/tmp/out.mp3", b"x")), "leads out of the folder"),
    "backslashes": (lambda: packed(("..\\out.mp3", b"x")), "leads out of the folder"),
    "drive": (lambda: packed(("C:\\out.mp3", b"x")), "leads out of the folder"),
    "link": (lambda: packed((special(stat.S_IFLNK), b"/etc/passwd")), "is a link or a special file"),
    "device": (lambda: packed((special(stat.S_IFCHR), b"")), "is a link or a special file"),
    "bomb": (lambda: packed((f"{AUDIO}/a.mp3", bytes(20_000_000))), "too many times its size"),
    "many small bombs": (
        lambda: packed(*((f"{AUDIO}/{n}.mp3", bytes(900_000)) for n in range(9))), "it unpacks to"
    ),
    "overlapping bomb": (overlapping, "shares bytes with another file"),
    "large": (lambda: packed((squeezed(zipfile.ZIP_STORED), bytes(30_000_001))), "DIKTOR_ARCHIVE_MAX_BYTES"),
    "many": (lambda: packed(*((f"{n}", b"") for n in range(100))), "DIKTOR_ARCHIVE_MAX_FILES"),
    "encrypted": (encrypted, "is encrypted"),
    "lzma": (lambda: packed((squeezed(zipfile.ZIP_LZMA), b"x" * 500)), "another method than deflate"),
    "no table": (lambda: packed(("a.mp3", b"x"), table=False), "holds no data_train.csv"),
    "two tables": (lambda: packed(("a/" + TABLE, b""), ("b/" + TABLE, b""), table=False), "one data set at a time"),
    "damaged": (damaged, "Bad CRC-32"),
    "cut": (lambda: packed((f"{AUDIO}/a.mp3", b"x"))[:-30], "no zip that can be read"),
    "control": (lambda: packed(("a\nb", b"x")), "control characters"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_leaves_nothing(what: str, tmp_path: Path) -> None:
    made, said = REFUSED[what]
    (tmp_path / "a.zip").write_bytes(made())
    settings = Settings.load(archive_max_files=100, archive_max_bytes=30_000_000)
    with pytest.raises(DiktorError) as error:
        fetch(str(tmp_path / "a.zip"), tmp_path / "out", settings, lambda *_: None)
    assert said in str(error.value)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and ".fetch" not in path.parts]
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "out"}


def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        (tmp_path / "a.zip").write_bytes(packed((f"{AUDIO}/a.mp3", b"1"), (f"{AUDIO}/a.mp3", b"2")))
    with pytest.raises(DiktorError, match="is there twice"):
        fetch(str(tmp_path / "a.zip"), tmp_path / "out", Settings.load(), lambda *_: None)


def test_every_offender_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(packed(("../1", b""), (special(stat.S_IFLNK), b"x"), ("/2", b"")))
    with pytest.raises(DiktorError) as error:
        fetch(str(tmp_path / "a.zip"), tmp_path / "out", Settings.load(), lambda *_: None)
    assert all(name in str(error.value) for name in ("'../1'", "'data_mp3/train/a.mp3'", "'/2'"))


def test_a_name_that_is_a_file_and_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(packed((f"{AUDIO}/a", b"1"), (f"{AUDIO}/a/b.mp3", b"2")))
    with pytest.raises(DiktorError, match="'data_mp3/train/a' is a file and a folder at once"):
        fetch(str(tmp_path / "a.zip"), tmp_path / "out", Settings.load(), lambda *_: None)


PART = some.sampled_from(["..", ".", "", "a", "b", "data_mp3", "train", "C:", "я", "~", TABLE, "\\", " "])
NAME = some.lists(PART, min_size=1, max_size=5).map("/".join)


@trying(max_examples=60, deadline=None)
@example(names=["a", "a/a"], form=True)
@given(names=some.lists(NAME, max_size=4, unique=True), form=some.booleans())
def test_no_name_leads_out(names: list[str], form: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "a.zip").write_bytes(
            packed(*((f"{AUDIO}/{n}" if form else n, b"x") for n in names if n not in ("", TABLE)))
        )
        try:
            fetch(str(here / "a.zip"), here / "deep" / "out", Settings.load(), lambda *_: None)
        except DiktorError:
            assert not (here / "deep" / "out" / TABLE).exists()
        inside = [path for path in (here / "deep" / "out").rglob("*") if path.is_file()]
        everything = [path for path in here.rglob("*") if path.is_file()]
        assert set(everything) == {here / "a.zip", *inside}
        wanted = [path.relative_to(here / "deep" / "out").as_posix() for path in inside]
        assert all(n in (TABLE, "fetched.json") or n.startswith((f"{AUDIO}/", ".fetch/")) for n in wanted)
