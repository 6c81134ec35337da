"""Files that lie elsewhere: on a web server (httpx), or on any storage that fsspec knows (a path, s3://, …)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import fsspec
import httpx
from fsspec.implementations.local import LocalFileSystem

from diktor.errors import DiktorError, UnavailableError
from diktor.storage import storage_errors

BLOCK = 1 << 20
"""Bytes at a time."""

TRIES, PAUSE_S = 5, 0.5
"""How often something is asked for that is away for the moment; each pause is twice the one before."""

RETRIED = {408, 425, 429, 500, 502, 503, 504}
"""Answers of a web server that pass."""


class About(NamedTuple):
    """What a storage says of a file: bytes (None: it does not say), and what changes with its content ("": unknown)."""

    size: int | None
    tag: str


class Missing(DiktorError):
    """There is no such file."""


class Remote(Protocol):
    """A file, or a folder of which only files within can be asked for."""

    @property
    def shown(self) -> str:
        """Its address, without what may be a secret."""

    def about(self) -> About:
        """As the storage knows it.

        Raises:
            Missing: it is not there.
            DiktorError: it may not be read.
            UnavailableError: the storage is away.
        """

    def read(self, offset: int, tag: str) -> Iterator[tuple[int, bytes]]:
        """Its bytes from there on, if it still is what `tag` says, else from the beginning; each with its place.

        Raises:
            UnavailableError: the storage is away, or breaks off: worth trying again from where it stopped.
            DiktorError: as `about`.
        """

    def child(self, name: str) -> "Remote":
        """A file within; `name` has slashes."""


T = TypeVar("T")


def patiently(ask: Callable[[], T]) -> T:
    """What a storage answers, asked again while it is away for the moment.

    Raises:
        UnavailableError: it stays away.
    """
    for tried in range(TRIES):
        try:
            return ask()
        except UnavailableError:
            if tried == TRIES - 1:
                raise
            time.sleep(PAUSE_S * 2**tried)
    raise AssertionError("unreachable")


class Web:
    """A file of a web server."""

    def __init__(self, url: str, client: httpx.Client) -> None:
        self._url, self._client = url, client

    @property
    def shown(self) -> str:
        """Without user, password and query: signed addresses keep their secret there."""
        return shown(self._url)

    def about(self) -> About:
        """From the headers."""
        with _translated(self.shown):
            answer = self._client.head(self._url)
            if answer.status_code in (400, 403, 405, 501):  # signed for GET alone, or no HEAD here
                with self._client.stream("GET", self._url) as answer:
                    return self._about(answer)
            return self._about(answer)

    def read(self, offset: int, tag: str) -> Iterator[tuple[int, bytes]]:
        """By a range request where it can."""
        headers = {"Range": f"bytes={offset}-", "If-Range": tag} if offset and tag else {}
        with _translated(self.shown), self._client.stream("GET", self._url, headers=headers) as answer:
            self._about(answer)
            place = offset if answer.status_code == 206 else 0
            for block in answer.iter_raw():
                yield place, block
                place += len(block)

    def page(self) -> str:
        """The page that it gives in place of a file; empty where it gives a file."""
        with _translated(self.shown), self._client.stream("GET", self._url) as answer:
            if not answer.headers.get("content-type", "").startswith("text/html"):
                return ""
            return answer.read().decode(errors="replace")

    def child(self, name: str) -> "Web":
        """Its path within this one's."""
        url = urlsplit(self._url)
        return Web(urlunsplit(url._replace(path=f"{url.path.rstrip('/')}/{quote(name)}")), self._client)

    def _about(self, answer: httpx.Response) -> About:
        code = answer.status_code
        if code in (404, 410):
            raise Missing(f"{self.shown} is not there (HTTP {code})", "Is the address right?")
        if code in RETRIED:
            raise UnavailableError(f"{self.shown} is away (HTTP {code})", "Try again later")
        if code not in (200, 206):
            raise DiktorError(f"{self.shown} answers HTTP {code}", "May it be read by whoever has the address?")
        if answer.headers.get("content-type", "").startswith("text/html"):
            raise DiktorError(
                f"{self.shown} gives a page and no file",
                "Give the address of the file itself, or download it in a browser and name the file",
            )
        length = answer.headers.get("content-length", "")
        tag = answer.headers.get("etag", "")
        strong = tag if not tag.startswith("W/") else ""  # a weak one does not stand for bytes: RFC 9110, 13.1.5
        return About(int(length) if length.isdigit() else None, strong or answer.headers.get("last-modified", ""))


class Stored:
    """A file on a storage of fsspec."""

    def __init__(self, address: str, fs: Any, path: str) -> None:
        self._address, self._fs, self._path = address, fs, path

    @property
    def shown(self) -> str:
        """As it was given, without user and password."""
        return shown(self._address)

    def about(self) -> About:
        """From the storage's list."""
        with _stored(self.shown):
            info = self._fs.info(self._path)
        if info.get("type") == "directory":
            raise Missing(f"{self.shown} is a folder", "Name a file")
        mark = next((info[name] for name in ("ETag", "etag", "mtime", "LastModified", "created") if info.get(name)), "")
        return About(info.get("size"), f"{info.get('size')}-{mark}" if mark else "")

    def read(self, offset: int, tag: str) -> Iterator[tuple[int, bytes]]:
        """From there on, by seeking."""
        with _stored(self.shown):
            place = offset if tag and self.about().tag == tag else 0
            with self._fs.open(self._path, "rb") as file:
                file.seek(place)
                while block := file.read(BLOCK):
                    yield place, block
                    place += len(block)

    def child(self, name: str) -> "Stored":
        """Its path within this one's."""
        return Stored(f"{self._address.rstrip('/')}/{name}", self._fs, f"{self._path.rstrip('/')}/{name}")

    @property
    def local(self) -> Path | None:
        """Where it is, if it is on this machine."""
        return Path(self._path) if isinstance(self._fs, LocalFileSystem) else None


def shown(address: str) -> str:
    """An address without user, password, query and fragment."""
    url = urlsplit(address)
    return urlunsplit((url.scheme, url.netloc.rpartition("@")[2], url.path, "", "")) if url.scheme else address


def stored(address: str) -> tuple[Stored, bool]:
    """A place on a storage, and whether it is a folder.

    Raises:
        DiktorError: no such storage is known here, or nothing is there.
    """
    scheme = urlsplit(address).scheme
    try:
        fs, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise DiktorError(
            f"{scheme}:// cannot be reached from here: {error}", "Install it in .venv/app, or name a path or https://"
        ) from error
    except ValueError as error:
        raise DiktorError(f"{shown(address)} is no address: {error}", "A path, https://, s3://, …") from error
    with _stored(shown(address)):
        folder = bool(fs.isdir(path))
        if not folder:
            fs.info(path)
    return Stored(address, fs, path), folder


@contextmanager
def _translated(where: str) -> Iterator[None]:
    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.TooManyRedirects) as error:
        raise DiktorError(f"{where} is no address: {error}", "Write https://host/path") from error
    except httpx.HTTPError as error:
        raise UnavailableError(f"{where} is away ({error or type(error).__name__})", "Try again later") from error


@contextmanager
def _stored(where: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Missing(f"{where} is not there", "Is the address right?") from error
    except PermissionError as error:
        raise DiktorError(f"{where} may not be read", "Whose is it? Storages in the cloud want credentials") from error
    except storage_errors() as error:
        if "Credentials" in type(error).__name__:
            raise DiktorError(f"{where} may not be read: {error}", "Set them, as AWS_… variables") from error
        said = getattr(error, "strerror", None) or error
        raise UnavailableError(f"{where} is away ({said})", "Try again later") from error
