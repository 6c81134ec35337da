"""The release store: immutable folders `N/` and the pointer, on any storage that fsspec knows (file://, s3://, …).

A release's document is written last, with its own digest beside it: a folder without one is no release. Numbers are
never given twice, also not that of a release that was removed: stored rows name it.
"""

import hashlib
import posixpath
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from fsspec.implementations.local import LocalFileSystem

from diktor.errors import ReleaseError, UnavailableError
from diktor.releases.document import Release, load_release, read_release
from diktor.releases.pointer import Pointer
from diktor.settings import Settings
from diktor.storage import storage, storage_errors

DOCUMENT, DIGEST, REMOVED = "release.json", "release.sha256", "removed"
_POINTER, _CLAIM = "pointer.json", "claimed"


class Releases:
    """A store at an fsspec address; what is not on this machine is kept in `cache` when it is needed here.

    Every method raises `UnavailableError` where the storage fails.
    """

    def __init__(self, url: str, cache: Path) -> None:
        self._fs, self._root = storage(url)
        self._on_disk = isinstance(self._fs, LocalFileSystem)
        self._cache = cache
        self.url = url

    @classmethod
    def of(cls, settings: Settings) -> "Releases":
        """The store of these settings."""
        return cls(settings.releases_url, settings.home / "cache" / "releases")

    def numbers(self) -> tuple[int, ...]:
        """All releases, ascending."""
        return tuple(number for number in self._taken() if self._fs.exists(self._path(number, DOCUMENT)))

    def get(self, number: int) -> Release:
        """A release's document.

        Raises:
            ReleaseError: there is none, or it is damaged.
        """
        with self._reached():
            try:
                content = self._fs.cat_file(self._path(number, DOCUMENT))
                digest = self._fs.cat_file(self._path(number, DIGEST)).decode()
            except FileNotFoundError as error:
                known = ", ".join(map(str, self.numbers())) or "none"
                raise ReleaseError(f"there is no release {number}", f"There are: {known}") from error
        if hashlib.sha256(content).hexdigest() != digest.strip():
            raise ReleaseError(f"release.json of release {number} was changed", "Add the release again")
        release = read_release(content, f"release.json of release {number}")
        if release.number != number:
            raise ReleaseError(f"release {number} says it is {release.number}", "Add the release again")
        return release

    def folder(self, number: int) -> Path:
        """A release's folder on this machine, every file checked against its digest.

        Raises:
            ReleaseError: there is no such release, or a file of it is missing or damaged.
        """
        release = self.get(number)
        if self._on_disk:
            folder = Path(self._root) / str(number)
        else:
            folder = self._cache / str(number)
            self._fetch(number, release, folder)
        check(folder, release)
        return folder

    def read(self, number: int, name: str) -> bytes:
        """One file of a release, checked against its digest.

        Raises:
            ReleaseError: there is no such release or file, or it is damaged.
        """
        wanted = self.get(number).files.get(name)
        if wanted is None:
            raise ReleaseError(f"release {number} has no {name}", "Export the release again")
        with self._reached():
            try:
                content: bytes = self._fs.cat_file(self._path(number, name))
            except FileNotFoundError as error:
                raise _missing(name, number) from error
        if hashlib.sha256(content).hexdigest() != wanted:
            raise ReleaseError(f"{name} of release {number} has another digest", "Add the release again")
        return content

    def put(self, release: Release, files: Mapping[str, Path]) -> Release:
        """Keep a release under the next number; `files` by path below its folder. What it is called then.

        The same release again is the one that is there.

        Raises:
            ReleaseError: the storage took something else than it was given.
        """
        if known := self._known(release):
            return known
        with self._reached():
            number = self._claim()
            kept = msgspec.structs.replace(release, number=number)
            try:
                for name, source in files.items():
                    self._fs.makedirs(posixpath.dirname(self._path(number, name)), exist_ok=True)
                    self._fs.put_file(str(source), self._path(number, name))
                content = msgspec.json.format(msgspec.json.encode(kept)) + b"\n"
                self._fs.pipe_file(self._path(number, DIGEST), hashlib.sha256(content).hexdigest().encode() + b"\n")
                self._write(self._path(number, DOCUMENT), content)
                self.folder(number)
            except BaseException:
                self._clear(number)
                raise
        return kept

    def remove(self, number: int) -> None:
        """Delete a release for good; its number stays taken."""
        with self._reached():
            self._fs.rm_file(self._path(number, DOCUMENT))
            self._fs.pipe_file(self._path(number, REMOVED), b"")
            self._clear(number, but=REMOVED)

    def pointer(self) -> Pointer:
        """Where it points; nowhere in a new store.

        Raises:
            ReleaseError: the document is damaged.
        """
        with self._reached():
            try:
                content = self._fs.cat_file(posixpath.join(self._root, _POINTER))
            except FileNotFoundError:
                return Pointer()
        try:
            return msgspec.json.decode(content, type=Pointer)
        except msgspec.MsgspecError as error:
            raise ReleaseError(
                f"{_POINTER} of {self.url} cannot be read: {error}", "Activate a release again"
            ) from error

    def point(self, pointer: Pointer) -> None:
        """Replace the pointer, as a whole."""
        with self._reached():
            self._write(posixpath.join(self._root, _POINTER), msgspec.json.encode(pointer) + b"\n")

    def _known(self, release: Release) -> Release | None:
        for number in self.numbers():
            found = self.get(number)
            if msgspec.structs.replace(found, number=release.number) == release:
                return found
        return None

    def _taken(self) -> list[int]:
        with self._reached():
            found = self._fs.ls(self._root, detail=False) if self._fs.exists(self._root) else []
        names = (posixpath.basename(path.rstrip("/")) for path in found)
        return sorted(int(name) for name in names if name.isdigit())

    def _claim(self) -> int:
        """The next number. No two get the same: a folder is made once; an object store has none, but takes a first put
        of an object once.
        """
        while True:
            number = max(self._taken(), default=0) + 1
            try:
                self._fs.makedirs(self._path(number), exist_ok=False)
                if not self._on_disk:
                    self._fs.pipe_file(self._path(number, _CLAIM), str(number).encode(), mode="create")
            except OSError:  # how a put comes too late, s3fs does not say
                if number not in self._taken():
                    raise
                continue
            return number

    def _write(self, path: str, content: bytes) -> None:
        """Never seen half: on a disk a file is renamed, an object store replaces an object with one put."""
        if self._on_disk:
            self._fs.pipe_file(path + ".new", content)
            self._fs.mv(path + ".new", path)
        else:
            self._fs.pipe_file(path, content)

    def _clear(self, number: int, but: str = "") -> None:
        """Delete what lies under a number, and what is kept of it here."""
        found = self._fs.ls(self._path(number), detail=False) if but else [self._path(number)]
        for path in found:
            if posixpath.basename(path.rstrip("/")) != but:
                self._fs.rm(path, recursive=True)
        shutil.rmtree(self._cache / str(number), ignore_errors=True)

    def _fetch(self, number: int, release: Release, folder: Path) -> None:
        if folder.exists():
            return
        self._cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{number}.", dir=self._cache, ignore_cleanup_errors=True) as part:
            with self._reached():
                for name in (*release.files, DOCUMENT):
                    place = Path(part) / name
                    place.parent.mkdir(parents=True, exist_ok=True)
                    try:
                        self._fs.get_file(self._path(number, name), str(place))
                    except FileNotFoundError as error:
                        raise _missing(name, number) from error
            with suppress(OSError):  # another process was faster
                Path(part).replace(folder)

    def _path(self, number: int, *names: str) -> str:
        return posixpath.join(self._root, str(number), *names)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except storage_errors() as error:
            raise UnavailableError(f"the release store {self.url} fails: {error}", "Look at DIKTOR_RELEASES") from error


def check(folder: Path, release: Release) -> None:
    """Every file of a release's folder against its digest.

    Raises:
        ReleaseError: one is missing or damaged.
    """
    for name, digest in release.files.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise _missing(name, release.number) from error
        if found != digest:
            raise ReleaseError(f"{name} of release {release.number} has another digest", "Add the release again")


def found(settings: Settings, number: int | None = None) -> Release:
    """Release `number`, or the active one: the store's, else the model repository's (by default the one in settings).

    Raises:
        ReleaseError: it is missing or damaged.
    """
    store = Releases.of(settings)
    number = number or store.pointer().active or settings.release
    if number in store.numbers():
        return store.get(number)
    return load_release(settings.model_repository, number)


def _missing(name: str, number: int) -> ReleaseError:
    return ReleaseError(f"{name} of release {number} is missing", "Add the release again")
