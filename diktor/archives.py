"""Zip archives of recordings from people we do not know: unpacked within limits, under names of our own.

An archive's names may lead anywhere, its sizes may lie, and a small one may hold a disk full of zeros. What breaks a
limit is refused by its name, and the rest goes on.
"""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from diktor.audio.beside import lies_beside
from diktor.errors import AudioError

RATIO, LEAST = 200, 1 << 20
"""A file that unpacks to more times its packed size is not unpacked, unless it stays below `LEAST` bytes."""

LARGEST_LIST = 16 << 20
"""Bytes of an archive's own list of files at most: it is read whole."""

_PIECE = 1 << 20
_END, _LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
"""Of the record at an archive's end, and of what points to its 64-bit form (APPNOTE.TXT 4.3)."""


class Limits(NamedTuple):
    """Of one archive: files, bytes of one file and of all of them together, unpacked."""

    files: int = 10_000
    file_bytes: int = 2 << 30
    bytes: int = 64 << 30


class Unpacked(NamedTuple):
    """A file of an archive by its name there: where it lies now, or why it was refused."""

    name: str
    path: Path
    problem: str = ""


def unpacked(archive: Path, folder: Path, limits: Limits = Limits()) -> Iterator[Unpacked]:  # noqa: B008  # immutable
    """Every recording of an archive, in its order; a damaged archive is one refusal with the name ""."""
    try:
        if (size := _list_size(archive)) > LARGEST_LIST:
            yield Unpacked("", archive, f"the archive lists too much ({size} bytes of names). Send several")
            return
        with zipfile.ZipFile(archive) as file:
            yield from _members(file, folder, limits)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        yield Unpacked("", archive, f"the archive is damaged: {error}. Pack it again")


def _members(file: zipfile.ZipFile, folder: Path, limits: Limits) -> Iterator[Unpacked]:
    left, taken = limits.bytes, 0
    for number, member in enumerate(file.infolist()):
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        if member.is_dir() or lies_beside(inside) or "__MACOSX" in inside.parts:
            continue
        target = folder / f"{number}{inside.suffix if inside.suffix[1:].isalnum() else ''}"
        if taken >= limits.files:
            yield Unpacked(member.filename, target, f"the archive holds more than {limits.files} files. Send several")
            continue
        taken += 1
        problem = _unpack(file, member, target, min(limits.file_bytes, left))
        if problem:
            target.unlink(missing_ok=True)
        else:
            left -= target.stat().st_size
        yield Unpacked(member.filename, target, problem)


def _unpack(file: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, room: int) -> str:
    limit, written = min(room, max(LEAST, member.compress_size * RATIO)), 0
    try:
        with file.open(member) as source, target.open("wb") as sink:
            while piece := source.read(_PIECE):
                written += len(piece)
                if written > limit:
                    return f"it unpacks to more than {limit} bytes. Send it outside an archive"
                sink.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, AudioError) as error:
        return f"it cannot be unpacked: {error}. Pack it again"
    return ""


def _list_size(archive: Path) -> int:
    """Bytes of the archive's list of files, as its end says, which is what is read of it.

    Raises:
        ValueError: it says so in 64 bits, which only an archive larger than any we take needs.
    """
    with archive.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - (1 << 16) - 42))
        tail = file.read()
    place = tail.rfind(_END)
    if place < 0:
        raise ValueError("its end is missing")
    if tail[max(0, place - 20) : place].startswith(_LOCATOR):
        raise ValueError("it is of the 64-bit kind, for more files or bytes than are taken")
    return int.from_bytes(tail[place + 12 : place + 16], "little")
