"""The recordings store: call audio under its call id, on any storage that fsspec knows (file://, s3://, …).

A call's id comes from its recording's digest, so that the same file is the same call, whoever sends it again. The
document is written last: a recording without one is not there.
"""

import hashlib
import posixpath
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from diktor.errors import DiktorError
from diktor.storage import storage

_DOCUMENT = "recording.json"


class Recording(msgspec.Struct, frozen=True):
    """What is known of a stored recording; `taken_at` is when it came. `published`: every event of it is on Kafka."""

    call_id: str
    digest: str
    file_name: str
    size: int
    operator_id: str
    team_id: str
    direction: str
    started_at: datetime
    channels: tuple[str, ...]
    duration_ms: int
    speed: float | None
    taken_at: datetime
    published: bool = False


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def call_id_of(digest: str) -> str:
    """The call that a recording of this digest is."""
    return f"call-{digest[:20]}"


def usual_channels(count: int) -> tuple[str, ...]:
    """What the channels of a recording are called, in the file's order, when its sender does not say."""
    return ("mixed",) if count == 1 else ("operator", "customer")


class Recordings:
    """A store at an fsspec address."""

    def __init__(self, url: str) -> None:
        self._fs, self._root = storage(url)

    def put(self, recording: Recording, source: Path) -> None:
        """Store the audio, then its document."""
        audio = self._path(recording.call_id, "audio")
        self._fs.put_file(str(source), audio + ".part")
        self._fs.mv(audio + ".part", audio)
        self.describe(recording)

    def describe(self, recording: Recording) -> None:
        """Replace the document."""
        self.keep_beside(recording.call_id, _DOCUMENT, msgspec.json.encode(recording))

    def get(self, call_id: str) -> Recording | None:
        """The document of a call's recording, if it is there."""
        try:
            return msgspec.json.decode(self._fs.cat_file(self._path(call_id, _DOCUMENT)), type=Recording)
        except FileNotFoundError:
            return None

    def fetch(self, call_id: str, target: Path) -> None:
        """Copy the audio to a local file."""
        self._fs.get_file(self._path(call_id, "audio"), str(target))

    def piece(self, call_id: str, start: int, end: int) -> bytes:
        """The audio's bytes [`start`, `end`).

        Raises:
            FileNotFoundError: it is gone.
        """
        return bytes(self._fs.cat_file(self._path(call_id, "audio"), start=start, end=end))

    def beside(self, call_id: str, name: str) -> bytes | None:
        """What was kept beside a recording under a name, if it was."""
        try:
            return bytes(self._fs.cat_file(self._path(call_id, name)))
        except FileNotFoundError:
            return None

    def keep_beside(self, call_id: str, name: str, content: bytes) -> None:
        """Keep something that was made of a recording beside it; it goes when the recording does."""
        path = self._path(call_id, name)
        self._fs.pipe_file(path + ".part", content)
        self._fs.mv(path + ".part", path)

    def delete(self, call_id: str) -> None:
        """Audio, document and what lies beside them, if they are there."""
        folder = posixpath.join(self._root, _checked(call_id))
        if self._fs.exists(folder):
            self._fs.rm(folder, recursive=True)

    def expire(self, before: datetime) -> int:
        """Delete what was taken before then; how many recordings that were."""
        old = [recording.call_id for recording in self if recording.taken_at < before]
        for call_id in old:
            self.delete(call_id)
        return len(old)

    def __iter__(self) -> Iterator[Recording]:
        """Every recording."""
        for path in sorted(self._fs.glob(posixpath.join(self._root, "*", _DOCUMENT))):
            if found := self.get(posixpath.basename(posixpath.dirname(path))):
                yield found

    def _path(self, call_id: str, name: str) -> str:
        return posixpath.join(self._root, _checked(call_id), name)


def _checked(call_id: str) -> str:
    if not call_id.replace("-", "").replace("_", "").isalnum():
        raise DiktorError(f"{call_id!r} is no call id of a recording", "Letters, digits, - and _")
    return call_id
