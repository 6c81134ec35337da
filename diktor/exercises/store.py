"""Recordings of attempts, under the attempt's id, on any storage that fsspec knows: beside the recordings of calls."""

import posixpath
from pathlib import Path

from diktor.errors import DiktorError
from diktor.storage import storage

FOLDER = "training"
"""In the recordings store; a call's folder has a document in it, this one has none."""


class Takes:
    """A store at the fsspec address of the recordings."""

    def __init__(self, recordings: str) -> None:
        self._fs, root = storage(recordings)
        self._root = posixpath.join(root, FOLDER)

    def put(self, attempt_id: str, source: Path) -> None:
        """Store a recording, wholly or not at all."""
        path = self._path(attempt_id)
        self._fs.put_file(str(source), path + ".part")
        self._fs.mv(path + ".part", path)

    def fetch(self, attempt_id: str, target: Path) -> None:
        """Copy it to a local file.

        Raises:
            FileNotFoundError: it is not there.
        """
        self._fs.get_file(self._path(attempt_id), str(target))

    def get(self, attempt_id: str) -> bytes:
        """All of it: attempts are short.

        Raises:
            FileNotFoundError: it is not there.
        """
        return bytes(self._fs.cat_file(self._path(attempt_id)))

    def delete(self, attempt_id: str) -> None:
        """Delete it, if it is there."""
        if self._fs.exists(path := self._path(attempt_id)):
            self._fs.rm_file(path)

    def _path(self, attempt_id: str) -> str:
        if not attempt_id.isalnum():
            raise DiktorError(f"{attempt_id!r} is no id of an attempt", "Letters and digits")
        return posixpath.join(self._root, attempt_id)
