"""A file from elsewhere: under a hidden name until all of it is here, and gone on with where it broke off."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from diktor.errors import DiktorError, UnavailableError
from diktor.files import unwritable
from diktor.learning.fetch.remote import About, Remote, patiently

Advance = Callable[[int, int], None]
"""(bytes done, of; 0: nobody knows)."""


def download(remote: Remote, there: About, target: Path, most: int, advance: Advance) -> None:
    """Leave `remote`, of which the storage says `there`, at `target`, going on with what a run before left of it.

    Raises:
        UnavailableError: the storage stays away; what is here of the file is kept.
        DiktorError: it is not there, it is larger than `most` bytes, or `target` cannot be written.
    """
    if there.size is not None and there.size > most:
        raise _too_large(remote, most)
    part, note = target.with_name(f".{target.name}.part"), target.with_name(f".{target.name}.part.json")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if _noted(note) != there or not there.tag:
            part.unlink(missing_ok=True)
            note.write_bytes(msgspec.json.encode(there))
        while not _came(remote, part, there, most, advance):
            pass
        part.replace(target)
        note.unlink()
    except OSError as error:
        raise unwritable(target, error) from error


def _came(remote: Remote, part: Path, there: About, most: int, advance: Advance) -> bool:
    """Whether all of a file came; False if it broke off again and again, but some of it came."""
    before = part.stat().st_size if part.exists() else 0
    try:
        patiently(lambda: _append(remote, part, there, most, advance))
    except UnavailableError:
        if not there.tag or part.stat().st_size <= before:
            raise
        return False
    return True


def _append(remote: Remote, part: Path, there: About, most: int, advance: Advance) -> None:
    """The rest of a file, to what is here of it."""
    with part.open("ab") as file:
        here = file.seek(0, 2)
        if here and here == there.size:
            return
        for place, block in remote.read(here if there.size else 0, there.tag):
            if place != here:
                file.truncate(place)
                file.seek(place)
                here = place
            here += len(block)
            if here > most:
                raise _too_large(remote, most)
            file.write(block)
            advance(here, there.size or 0)
    if there.size is not None and here != there.size:
        if here > there.size:
            part.unlink()
        raise UnavailableError(f"{remote.shown} broke off at {here} of {there.size} bytes", "Try again")


def _noted(note: Path) -> About | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=About)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _too_large(remote: Remote, most: int) -> DiktorError:
    return DiktorError(
        f"{remote.shown} is larger than {most / 2**30:.3g} GiB", "If you expect that, raise DIKTOR_ARCHIVE_MAX_BYTES"
    )
