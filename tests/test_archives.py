"""Archives from anywhere: what is a recording comes out, what is a trap is refused by name."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from diktor.archives import Limits, unpacked


def packed(folder: Path, **files: bytes) -> Path:
    path = folder / "in.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_names_lead_nowhere_and_what_is_no_recording_is_left(tmp_path: Path) -> None:
    names = {"../../evil.wav": b"a", "/etc/passwd.mp3": b"b", "C:\\x\\y.ogg": b"c", "list.csv": b"d", ".hidden": b"e"}
    (tmp_path / "out").mkdir()
    found = list(unpacked(packed(tmp_path, **names), tmp_path / "out"))
    assert [(item.name, item.path.read_bytes(), item.problem) for item in found] == [
        ("../../evil.wav", b"a", ""),
        ("/etc/passwd.mp3", b"b", ""),
        ("C:\\x\\y.ogg", b"c", ""),
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0.wav", "1.mp3", "2.ogg"]


def test_a_bomb_is_refused_and_the_rest_comes_out(tmp_path: Path) -> None:
    archive = packed(tmp_path, **{"bomb.wav": bytes(30 << 20), "good.wav": b"sound"})
    bomb, good = unpacked(archive, tmp_path)
    assert "unpacks to more than" in bomb.problem
    assert not bomb.path.exists()
    assert (good.problem, good.path.read_bytes()) == ("", b"sound")


def test_files_and_bytes_beyond_the_limits_are_refused_by_name(tmp_path: Path) -> None:
    archive = packed(tmp_path, **{f"{n}.wav": bytes([n]) * 40 for n in range(5)})
    many = list(unpacked(archive, tmp_path, Limits(files=3)))
    assert [bool(item.problem) for item in many] == [False, False, False, True, True]
    assert "more than 3 files" in many[3].problem
    large = list(unpacked(archive, tmp_path, Limits(bytes=100)))
    assert [bool(item.problem) for item in large] == [False, False, True, True, True]


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"no archive", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_archive_is_one_refusal(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.zip").write_bytes(content)
    (found,) = unpacked(tmp_path / "in.zip", tmp_path)
    assert (found.name, bool(found.problem)) == ("", True)


def test_an_endless_list_of_files_is_not_read(tmp_path: Path) -> None:
    archive = packed(tmp_path, **{"a.wav": b"x"})
    content = bytearray(archive.read_bytes())
    content[-10:-6] = struct.pack("<I", 1 << 30)
    archive.write_bytes(content)
    (found,) = unpacked(archive, tmp_path)
    assert "lists too much" in found.problem


def test_a_file_that_is_damaged_or_secret_spoils_no_other(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("bad.wav", b"1234567890")
        archive.writestr("good.wav", b"sound")
    content = file.getvalue().replace(b"1234567890", b"1234567891", 1)
    (tmp_path / "in.zip").write_bytes(content)
    bad, good = unpacked(tmp_path / "in.zip", tmp_path)
    assert "cannot be unpacked" in bad.problem
    assert not good.problem
