"""chDB for many requests at once: a handle each, sessions that keep theirs, settings that last one request."""

import io
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import chdb

from diktor.errors import StackError

_CODE = re.compile(r"Code:\s*(\d+)")


class EngineError(Exception):
    """The engine's own error: `code` is ClickHouse's, `text` begins with `Code: …`."""

    def __init__(self, text: str) -> None:
        start = text.find("Code: ")
        self.text = text[start:] if start >= 0 else text
        match = _CODE.search(self.text)
        self.code = int(match[1]) if match else 1002
        super().__init__(self.text)


class Engine:
    """The only process that may hold the data folder.

    Sessions are touched on the event loop only; handles run on the pool's threads.
    """

    def __init__(self, path: Path, threads: int = 8) -> None:
        """Raises: StackError: another process has the folder."""
        self._path = str(path)
        try:
            self._keeper = chdb.connect(self._path)
        except Exception as error:
            raise StackError(
                f"chDB cannot open {path}: {str(error).splitlines()[0][:200]}",
                "Only one process may hold the folder; end the other one",
            ) from error
        self.version = self._scalar("SELECT version()")
        self.timezone = self._scalar("SELECT timezone()")
        self.pool = ThreadPoolExecutor(threads, "chdb")
        self._sessions: dict[str, _Session] = {}

    def acquire(self, session_id: str | None, lifetime_s: float) -> Any:
        """A handle: a session's own, or a new one.

        Raises:
            EngineError: the session is busy with another request.
        """
        now = time.monotonic()
        for name in [name for name, s in self._sessions.items() if not s.busy and s.expires < now]:
            self._sessions.pop(name).handle.close()
        if session_id is None:
            return chdb.connect(self._path)
        session = self._sessions.get(session_id)
        if session is None:
            session = self._sessions[session_id] = _Session(chdb.connect(self._path))
        if session.busy:
            raise EngineError(
                f"Code: 373. DB::Exception: Session {session_id} is locked by a concurrent client. (SESSION_IS_LOCKED)"
            )
        session.busy, session.expires = True, now + lifetime_s
        return session.handle

    def release(self, session_id: str | None, handle: Any) -> None:
        """Give a handle back."""
        if session_id is not None and session_id in self._sessions:
            self._sessions[session_id].busy = False
        else:
            handle.close()

    def close(self) -> None:
        """Write everything out and let the folder go."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        for session in self._sessions.values():
            session.handle.close()
        self._keeper.close()

    def _scalar(self, sql: str) -> str:
        return str(self._keeper.query(sql, "TSV").bytes().decode().strip())


class _Session:
    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self.busy = False
        self.expires = 0.0


def prepare(handle: Any, database: str | None, settings: dict[str, str]) -> None:
    """Before a request: its database and settings."""
    if database and database != "__default__":
        name = database.replace("\\", "\\\\").replace("`", "\\`")
        handle.query(f"USE `{name}`")
    if settings:
        handle.query("SET " + ", ".join(f"{name} = {_quoted(value)}" for name, value in settings.items()))


def restore(handle: Any, settings: dict[str, str]) -> None:
    """After a request of a session: its settings do not outlive it."""
    for name in settings:
        handle.query(f"SET {name} = DEFAULT")


def insert(handle: Any, head: str, format_: str, data: memoryview) -> Any:
    """Rows in their wire format into a table; the engine's result.

    They are read from a file in memory: chDB's `send_insert` swallows what happens when the rows are written, and says
    of rows that a full disk refused that they are stored.
    """
    with os.fdopen(os.memfd_create("rows"), "wb", buffering=0) as file:
        _write_all(file, data)
        source = f"FROM INFILE '/proc/self/fd/{file.fileno()}' COMPRESSION 'none'"
        return handle.query(f"{head} {source} FORMAT {format_}")


def _write_all(file: io.FileIO, data: memoryview) -> None:
    """One write takes 2 GiB at most, and may take less."""
    while data:
        data = data[file.write(data) :]


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
