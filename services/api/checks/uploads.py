"""A recording that comes with a request: bounded, under a name of our own, gone when the request is over."""

import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import UploadFile
from litestar.handlers import BaseRouteHandler

from diktor.settings import Settings
from services.api.problems import problem

PIECE = 1 << 20
FORM_BYTES = 64 * 1024
"""What a form may hold beside its file."""

RETRY_S = 5


class Upload(NamedTuple):
    """A file in a folder of its own, which may hold what is made of it, and the file's SHA-256."""

    path: Path
    folder: Path
    digest: str


class Uploads:
    """Recordings under way in this process: `slots` at most."""

    def __init__(self, settings: Settings) -> None:
        self.max_bytes = settings.check_max_bytes
        self._folder = settings.home / "api" / str(urlsplit(settings.api).port) / "checks"
        self._slots, self._taken = settings.check_slots, 0
        shutil.rmtree(self._folder, ignore_errors=True)  # what a crash left
        self._folder.mkdir(parents=True, exist_ok=True)

    @property
    def full(self) -> bool:
        """Whether as many are under way as may be."""
        return self._taken >= self._slots

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Raises: 503: all are taken."""
        if self.full:
            raise busy()
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    @asynccontextmanager
    async def kept(self, file: UploadFile) -> AsyncIterator[Upload]:
        """The file on disk while the block runs.

        Raises:
            HTTPException: 413: it is too large.
        """
        with tempfile.TemporaryDirectory(dir=self._folder, ignore_cleanup_errors=True) as name:
            folder = Path(name)
            path, digest, size = folder / "recording", hashlib.sha256(), 0
            with path.open("wb") as target:
                while piece := await file.read(PIECE):
                    size += len(piece)
                    if size > self.max_bytes:
                        raise too_large(self.max_bytes)
                    digest.update(piece)
                    target.write(piece)
            yield Upload(path, folder, digest.hexdigest())


def room(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard: what cannot be taken is refused before it is read.

    Raises:
        HTTPException: 503: all slots are taken. 413: it is too large. 400: it does not say how large it is.
    """
    uploads: Uploads = connection.app.state.uploads
    length = connection.headers.get("Content-Length", "")
    if not length.isdigit():
        raise problem(400, "the request does not say how large it is", "Send Content-Length, as file uploads do")
    if int(length) > uploads.max_bytes + FORM_BYTES:
        raise too_large(uploads.max_bytes)
    if uploads.full:
        raise busy()


def too_large(most: int) -> Exception:
    """What to raise for a file of more than so many bytes."""
    return problem(413, f"the recording has more than {most} bytes", "Cut it, or have DIKTOR_CHECK_MAX_BYTES raised")


def busy() -> Exception:
    """What to raise when all slots are taken."""
    return problem(503, "as many checks are under way as may be", "Ask again as Retry-After says", RETRY_S)
