"""What a folder of fetched data holds and where it came from: a line per file while it comes, a document at the end."""

import hashlib
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from diktor.errors import DiktorError
from diktor.files import draft, unwritable

DOCUMENT, JOURNAL, WORK = "fetched.json", "files.jsonl", ".fetch"


class Here(msgspec.Struct, frozen=True):
    """A file that is here: path, bytes, SHA-256, and the storage's mark of what it was copied from."""

    name: str
    size: int
    digest: str
    tag: str = ""


class Fetched(msgspec.Struct, frozen=True):
    """A folder of fetched data.

    `source` is the digest of its address, which may hold secrets and is only `shown`; `tag` is the storage's mark of a
    packed archive. `digest` is over the files. `missing` are listed and not there, `ignored` were not in the old form.
    """

    address: str
    source: str
    tag: str
    digest: str
    bytes: int
    missing: tuple[str, ...]
    ignored: int
    files: tuple[Here, ...]


class Ledger:
    """Of a folder that is being filled."""

    def __init__(self, out: Path, source: str) -> None:
        """Raises:
        DiktorError: the folder holds something else.
        """
        self.out, self.work = out, out / WORK
        self._source, self._told = self.work / "source", source
        there = read(out)
        begun = self._source.read_text() if self._source.is_file() else ""
        strange = out.is_dir() and any(path.name != WORK for path in out.iterdir())
        other = (there.source if there else begun) or ("nothing" if strange else source)
        if other != source:
            raise DiktorError(f"{out} holds other data already", "Name another --out, or remove that folder")
        self.finished = there
        self.files: dict[str, Here] = {item.name: item for item in (there.files if there else self._journal())}
        if not there:
            self._begin()

    def has(self, name: str, size: int | None, tag: str) -> bool:
        """Whether a file is here as the storage has it now."""
        known = self.files.get(name)
        if known is None or not tag or known.tag != tag or known.size != size:
            return False
        path = self.out / name
        return path.is_file() and path.stat().st_size == size

    def whole(self) -> bool:
        """Whether all that was finished is still here, by size."""
        paths = [(self.out / item.name, item.size) for item in self.files.values()]
        return self.finished is not None and all(path.is_file() and path.stat().st_size == size for path, size in paths)

    def reopen(self) -> None:
        """What was finished is being filled anew: until it is again it is not finished."""
        if (self.out / DOCUMENT).exists():
            self._begin()
            (self.work / JOURNAL).write_bytes(b"".join(map(_line, self.files.values())))
            (self.out / DOCUMENT).unlink()

    def add(self, item: Here) -> None:
        """A file is in its place."""
        self.files[item.name] = item
        with (self.work / JOURNAL).open("ab") as file:
            file.write(_line(item))

    def finish(
        self, address: str, tag: str, wanted: Mapping[str, Here], missing: tuple[str, ...], ignored: int
    ) -> Fetched:
        """Everything `wanted` is here; what was here before and is wanted no more goes."""
        for name in self.files.keys() - wanted.keys():
            (self.out / name).unlink(missing_ok=True)
        files = tuple(wanted[name] for name in sorted(wanted))
        total = hashlib.sha256("".join(f"{item.digest} {item.name}\n" for item in files).encode()).hexdigest()
        made = Fetched(address, self._told, tag, total, sum(item.size for item in files), missing, ignored, files)
        with draft(self.out / DOCUMENT) as path:
            path.write_bytes(msgspec.json.format(msgspec.json.encode(made)))
        self.close()
        return made

    def close(self) -> None:
        """All is here: what it took to get it goes."""
        shutil.rmtree(self.work, ignore_errors=True)

    def _begin(self) -> None:
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            self._source.write_text(self._told)
        except OSError as error:
            raise unwritable(self.out, error) from error

    def _journal(self) -> list[Here]:
        found = []
        for line in (self.work / JOURNAL).read_bytes().splitlines() if (self.work / JOURNAL).exists() else ():
            with suppress(msgspec.MsgspecError):  # a line that a crash cut
                found.append(msgspec.json.decode(line, type=Here))
        return found


def _line(item: Here) -> bytes:
    return b"\n" + msgspec.json.encode(item)


def read(out: Path) -> Fetched | None:
    """What a folder says of itself, if it is finished.

    Raises:
        DiktorError: the document is damaged.
    """
    try:
        return msgspec.json.decode((out / DOCUMENT).read_bytes(), type=Fetched)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise DiktorError(f"{out / DOCUMENT} cannot be read: {error}", "Remove the folder and fetch again") from error
