"""Fetches an archive of the old form, packed or as a folder, and goes on where it stopped."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from diktor.errors import DiktorError
from diktor.learning.corpus.archive import AUDIO, TABLE, files
from diktor.learning.fetch import zipped
from diktor.learning.fetch.address import place
from diktor.learning.fetch.download import download
from diktor.learning.fetch.ledger import Fetched, Here, Ledger
from diktor.learning.fetch.remote import Missing, Remote, Stored, patiently
from diktor.recordings import digest_of
from diktor.settings import Settings

PACKED = "archive.zip"
Advance = Callable[[str, int, int], None]


class Outcome(NamedTuple):
    """What is here, and how many files came now."""

    fetched: Fetched
    new: int


def fetch(address: str, out: Path, settings: Settings, advance: Advance) -> Outcome:
    """Leave the data of `address` in `out`: the table last but for `fetched.json`, which says that all is here.

    What is here already, by the storage's mark, size and digest, is not fetched again.

    Raises:
        UnavailableError: the storage stays away; called again it goes on.
        DiktorError: nothing is there, what is there is refused, or `out` holds something else or cannot be written.
    """
    source = hashlib.sha256(address.encode()).hexdigest()
    limits = zipped.Limits(settings.archive_max_files, settings.archive_max_bytes, settings.archive_max_ratio)
    with place(address, settings.google_drive) as there:
        local = there.remote.local if isinstance(there.remote, Stored) else None
        if local is not None and local.resolve() == out.resolve():
            raise DiktorError(f"{out} is the folder to fetch from", "Name another --out")
        ledger = Ledger(out, source)
        filled = _folder if there.folder else _archive
        return filled(there.remote, ledger, limits, advance)


def _archive(remote: Remote, ledger: Ledger, limits: zipped.Limits, advance: Advance) -> Outcome:
    there = patiently(remote.about)
    done = ledger.finished
    if done and there.tag and done.tag == there.tag and ledger.whole():
        return Outcome(done, 0)
    ledger.reopen()
    packed = ledger.work / PACKED
    local = remote.local if isinstance(remote, Stored) else None
    if local is None and not ledger.has(f"{ledger.work.name}/{PACKED}", there.size, there.tag):
        download(remote, there, packed, limits.bytes, lambda done, of: advance("MiB", done >> 20, (of or done) >> 20))
        size = packed.stat().st_size
        ledger.add(Here(f"{ledger.work.name}/{PACKED}", size, digest_of(packed), there.tag))
    with zipped.opened(local or packed, remote.shown) as archive:
        wanted, ignored = zipped.members(archive, remote.shown, limits)
        written: dict[str, Here] = {}
        new = 0
        for number, member in enumerate(sorted(wanted, key=lambda item: item.name == TABLE), 1):
            found = zipped.unpack(archive, member, ledger.out)
            new += found.new
            written[member.name] = Here(member.name, found.size, found.digest)
            advance("files", number, len(wanted))
    return Outcome(ledger.finish(remote.shown, there.tag, written, (), ignored), new)


def _folder(remote: Remote, ledger: Ledger, limits: zipped.Limits, advance: Advance) -> Outcome:
    """The table tells which files there are: a web server gives no list."""
    table = ledger.work / TABLE
    about = patiently(remote.child(TABLE).about)
    download(remote.child(TABLE), about, table, limits.bytes, lambda done, of: None)
    names = [f"{AUDIO}/{name}" for name in _inside(files(table))]
    if len(names) > limits.files:
        raise DiktorError(
            f"{remote.shown} lists {len(names)} files", "If you expect so many, raise DIKTOR_ARCHIVE_MAX_FILES"
        )
    written: dict[str, Here] = {}
    missing, left, new = [], limits.bytes, 0
    for number, name in enumerate(names, 1):
        file = remote.child(name)
        try:
            there = patiently(file.about)
            if not ledger.has(name, there.size, there.tag):
                ledger.reopen()
                download(file, there, ledger.out / name, left, lambda done, of: None)
                here = ledger.out / name
                ledger.add(Here(name, here.stat().st_size, digest_of(here), there.tag))
                new += 1
            written[name] = ledger.files[name]
            left -= written[name].size
        except Missing:
            missing.append(name)
        advance("files", number, len(names))
    own = Here(TABLE, table.stat().st_size, digest_of(table), about.tag)
    known = ledger.files.get(TABLE)
    same = known is not None and known.digest == own.digest and ledger.whole() and not new
    if same and ledger.finished and ledger.finished.missing == tuple(missing):
        ledger.close()
        return Outcome(ledger.finished, 0)
    ledger.reopen()
    table.replace(ledger.out / TABLE)
    written[TABLE] = own
    return Outcome(ledger.finish(remote.shown, "", written, tuple(missing), 0), new)


def _inside(names: Iterable[str]) -> list[str]:
    """Each name once, those that lead out of the folder left to be told by whoever reads the table."""
    kept = dict.fromkeys(name for name in names if name and name.isprintable())
    return [name for name in kept if not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts]
