"""Unpacking an archive that anybody may have packed: looked at as a whole before anything of it is written.

Refused are paths that lead out, links and other special files, encryption, methods whose memory has no bound, files
that share bytes (the overlapping bombs of Fifield, 2019), and more files, bytes or compression than settings allow.
"""

import hashlib
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from diktor.errors import DiktorError
from diktor.files import draft
from diktor.learning.corpus.archive import AUDIO, TABLE

SHOWN = 20
"""So many offenders are named in one error."""

SMALL = 1 << 20
"""Whatever unpacks to so few bytes may be packed as well as it likes."""

HEADER = 30
"""Bytes before a packed file at least (PKWARE's APPNOTE, 4.3.7)."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Limits(NamedTuple):
    """Of an archive: files, bytes unpacked, unpacked bytes per packed one."""

    files: int
    bytes: int
    ratio: float


class Member(NamedTuple):
    """A file of the old form within a zip; `name` is its path in the form."""

    name: str
    info: zipfile.ZipInfo


class Written(NamedTuple):
    """A file that is in its place: bytes, SHA-256, whether it came now."""

    size: int
    digest: str
    new: bool


@contextmanager
def opened(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    """A zip; `name` is what errors call it.

    Raises:
        DiktorError: it is none, or is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DiktorError(
            f"{name} is no zip that can be read: {error}",
            f"Pack {TABLE} and {AUDIO} again; of a folder on the web the address ends in /",
        ) from error


def members(archive: zipfile.ZipFile, name: str, limits: Limits) -> tuple[list[Member], int]:
    """The files of the old form, and how many others there are, which are left where they are.

    Raises:
        DiktorError: the archive is not in that form, or holds what is refused; every offender is named.
    """
    infos = archive.infolist()
    if len(infos) > limits.files:
        raise DiktorError(f"{name} holds {len(infos)} files", "If you expect so many, raise DIKTOR_ARCHIVE_MAX_FILES")
    if offenders := [*_offenders(infos, limits), *_overlapping(infos)]:
        more = f", and {len(offenders) - SHOWN} more" if len(offenders) > SHOWN else ""
        raise DiktorError(
            f"{name} is refused: {'; '.join(offenders[:SHOWN])}{more}", "Pack plain files in plain folders"
        )
    total = sum(info.file_size for info in infos)
    if total > limits.bytes:
        raise DiktorError(
            f"{name} would unpack to {total / 2**30:.3g} GiB", "If you expect that, raise DIKTOR_ARCHIVE_MAX_BYTES"
        )
    files = [info for info in infos if not info.is_dir()]
    root = _root([_path(info) for info in files], name)
    inside = [Member(_path(info).relative_to(root).as_posix(), info) for info in files if _within(info, root)]
    wanted = [item for item in inside if item.name == TABLE or item.name.startswith(f"{AUDIO}/")]
    return wanted, len(files) - len(wanted)


def unpack(archive: zipfile.ZipFile, member: Member, out: Path) -> Written:
    """A file in its place, unless it is there already by size and checksum.

    Raises:
        DiktorError: the place cannot be written.
        zipfile.BadZipFile: the file is damaged.
    """
    target = out / member.name
    if (there := _there(target, member.info)) is not None:
        return there
    digest, size = hashlib.sha256(), 0
    with draft(target) as path, archive.open(member.info) as source, path.open("wb") as file:
        while block := source.read(SMALL):
            digest.update(block)
            size += len(block)
            file.write(block)
    return Written(size, digest.hexdigest(), True)


def _there(target: Path, info: zipfile.ZipInfo) -> Written | None:
    if not target.is_file() or target.stat().st_size != info.file_size:
        return None
    digest, checksum = hashlib.sha256(), 0
    with target.open("rb") as file:
        while block := file.read(SMALL):
            digest.update(block)
            checksum = zlib.crc32(block, checksum)
    return Written(info.file_size, digest.hexdigest(), False) if checksum == info.CRC else None


def _offenders(infos: Sequence[zipfile.ZipInfo], limits: Limits) -> Iterator[str]:
    doubled = Counter(_path(info) for info in infos)
    folders = {folder for path in doubled for folder in path.parents}
    packed, unpacked = (sum(getattr(info, size) for info in infos) for size in ("compress_size", "file_size"))
    if _tight(unpacked, packed, limits):
        yield f"it unpacks to {unpacked / max(1, packed):.0f} times its size (DIKTOR_ARCHIVE_MAX_RATIO)"
    for info in infos:
        name, path, kind = repr(info.orig_filename), _path(info), stat.S_IFMT(info.external_attr >> 16)
        checks = {
            "leads out of the folder": not path.parts or path.is_absolute() or ".." in path.parts or ":" in str(path),
            "has control characters in its name": any(letter < " " for letter in info.orig_filename),
            "is a link or a special file": kind not in (0, stat.S_IFREG, stat.S_IFDIR),
            "is encrypted": bool(info.flag_bits & 1),
            "is packed by another method than deflate": info.compress_type not in METHODS,
            "is there twice": doubled[path] > 1,
            "is a file and a folder at once": path in folders and not info.is_dir(),
            "unpacks to too many times its size (DIKTOR_ARCHIVE_MAX_RATIO)": _tight(
                info.file_size, info.compress_size, limits
            ),
        }
        yield from (f"{name} {what}" for what, holds in checks.items() if holds)


def _tight(unpacked: int, packed: int, limits: Limits) -> bool:
    return unpacked > max(SMALL, limits.ratio * packed)


def _overlapping(infos: Sequence[zipfile.ZipInfo]) -> Iterator[str]:
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            yield f"{info.orig_filename!r} shares bytes with another file"
        end = info.header_offset + HEADER + info.compress_size


def _path(info: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(info.filename.replace("\\", "/") or "..")


def _within(info: zipfile.ZipInfo, root: PurePosixPath) -> bool:
    return _path(info).is_relative_to(root)


def _root(paths: Sequence[PurePosixPath], name: str) -> PurePosixPath:
    """The folder that holds the table, the outermost if there are more."""
    tables = sorted((path for path in paths if path.name == TABLE), key=lambda path: len(path.parts))
    if not tables:
        raise DiktorError(f"{name} holds no {TABLE}", f"An archive has {TABLE} and {AUDIO}/*.mp3")
    if len(tables) > 1 and len(tables[0].parts) == len(tables[1].parts):
        raise DiktorError(f"{name} holds {tables[0]} and {tables[1]}", "Pack one data set at a time")
    return tables[0].parent
