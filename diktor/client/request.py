"""One request of the API, described once for a client that blocks and for one that is awaited."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Concatenate, Generic, NamedTuple, ParamSpec, TypeVar, cast, overload
from urllib.parse import quote

import httpx
import msgspec

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M")

TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".webm": "audio/webm",
    ".zip": "application/zip",
}


class Blocking:
    """Marks areas of `Client`: their methods return what the API answers."""


class Awaited:
    """Marks areas of `AsyncClient`: their methods return what is to be awaited."""


class Upload(NamedTuple):
    """A file to send: a path, or an open file that can be read again from its start."""

    field: str
    file: Path | BinaryIO
    name: str = ""


class Request(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What to ask and what comes back: `kind` is decoded from JSON, or else the answer's bytes go to the file `into`.

    `query` and `form` may hold None, which is not sent, and lists, which are sent as repeated fields.
    """

    method: str
    path: str
    kind: type[T]
    query: Mapping[str, Any] = {}
    body: Any = msgspec.UNSET
    form: Mapping[str, Any] = {}
    uploads: tuple[Upload, ...] = ()
    headers: Mapping[str, str] = {}
    into: Any = None

    def built(self, http: httpx.Client | httpx.AsyncClient, opened: ExitStack) -> httpx.Request:
        """As httpx sends it. Files are opened anew for every attempt, and belong to `opened`."""
        headers, content = dict(self.headers), None
        if self.body is not msgspec.UNSET:
            headers["Content-Type"], content = "application/json", msgspec.json.encode(self.body)
        return http.build_request(
            self.method,
            self.path,
            params=_sent(self.query),
            headers=headers,
            content=content,
            data=_sent(self.form) or None,
            files=[_opened(upload, opened) for upload in self.uploads] or None,
        )

    def answer(self, response: httpx.Response) -> T:
        """What a success says; its body was read, or is in the file `into` and no bytes are returned."""
        if self.kind is type(None):
            return None
        if self.kind is bytes:
            return cast(T, response.content if self.into is None else b"")
        return msgspec.json.decode(response.content, type=self.kind)


class Area(Generic[M]):
    """One area's methods; `send` does what a `Request` says, at once or as something to await."""

    def __init__(self, send: Callable[[Request[Any]], Any]) -> None:
        self._send = send


class operation(Generic[P, T]):
    """Makes a method that describes a request into one that sends it."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Request[T]]) -> None:
        self._describe = describe
        self.__doc__ = describe.__doc__

    @overload
    def __get__(self, area: Area[Blocking], owner: type) -> Callable[P, T]: ...

    @overload
    def __get__(self, area: Area[Awaited], owner: type) -> Callable[P, Awaitable[T]]: ...

    @overload
    def __get__(self, area: None, owner: type) -> "operation[P, T]": ...

    def __get__(self, area: Area[Any] | None, owner: type) -> Any:
        if area is None:
            return self
        bound = area

        def ask(*arguments: P.args, **named: P.kwargs) -> Any:
            return bound._send(self._describe(bound, *arguments, **named))

        ask.__doc__ = self.__doc__
        return ask


def path(template: str, *ids: object) -> str:
    """A path with ids in it: none of them can become another path or a query."""
    return template.format(*(quote(str(part), safe="") for part in ids))


def _sent(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in fields.items() if value is not None}


def _text(value: Any) -> Any:
    return [_text(item) for item in value] if isinstance(value, list | tuple) else msgspec.to_builtins(value)


def _opened(upload: Upload, opened: ExitStack) -> tuple[str, tuple[str, BinaryIO, str]]:
    if isinstance(upload.file, Path):
        file: BinaryIO = opened.enter_context(upload.file.open("rb"))
        name = upload.name or upload.file.name
    else:
        file, name = upload.file, upload.name or "audio"
        file.seek(0)
    return upload.field, (name, file, TYPES.get(Path(name).suffix.lower(), "application/octet-stream"))
