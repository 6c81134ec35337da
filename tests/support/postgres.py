"""PostgreSQL for tests: Debian's, run as its own user, in a folder that is gone at the end."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import free_port, running, wait_until

OWNER = "postgres"


class Postgres:
    """A running server; everybody on loopback may do everything."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port, self._made = folder, port, 0

    @contextmanager
    def serving(self) -> Iterator[None]:
        """While the block runs; its end is a crash, after which the server can be started again."""
        server = [
            _program("postgres"), "-D", str(self._folder / "data"), "-p", str(self._port), "-h", "127.0.0.1",
            "-k", str(self._folder), "-c", "fsync=off", "-c", "shared_buffers=16MB",
        ]  # fmt: skip
        with running([*_as_owner(), *server], {}, self._folder / "log", self._port) as process:
            ready = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
            wait_until("PostgreSQL takes connections", lambda: subprocess.run(ready).returncode == 0)
            yield
            process.process.send_signal(signal.SIGQUIT)  # at once: nobody waits for its clients
            process.process.wait()

    def database(self) -> str:
        """The address of a new, empty database."""
        self._made += 1
        name = f"diktor_{self._made}"
        command = [_program("createdb"), "-h", "127.0.0.1", "-p", str(self._port), "-U", OWNER, name]
        subprocess.run(command, check=True, capture_output=True)
        return f"postgresql+asyncpg://{OWNER}@127.0.0.1:{self._port}/{name}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server of our own."""
    with postgres_to_start() as server, server.serving():
        yield server


@contextmanager
def postgres_to_start() -> Iterator[Postgres]:
    """One that does not run yet: `serving`."""
    folder, port = Path(tempfile.mkdtemp(prefix="diktor-postgres-")), free_port()  # pytest's folders are not for others
    try:
        _own(folder)
        data = folder / "data"
        command = [_program("initdb"), "-D", str(data), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*_as_owner(), *command], check=True, capture_output=True, cwd=folder)
        yield Postgres(folder, port)
    finally:
        shutil.rmtree(folder)


on_both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
"""On each of the databases, where the tests of a file run on one."""


def empty_database(request: pytest.FixtureRequest, folder: Path) -> str:
    """The address of one of the kind that a fixture is asked for, SQLite if of none; `postgres_server` is a fixture."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite+aiosqlite:///{folder / 'diktor.sqlite'}"
    server: Postgres = request.getfixturevalue("postgres_server")
    return server.database()


def _program(name: str) -> str:
    """Debian keeps the server's programs apart, a folder a version."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    assert found, f"{name} is missing: make setup installs postgresql, or says how"
    return found


def _as_owner() -> list[str]:
    """PostgreSQL refuses to be root."""
    return ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", "--"] if os.geteuid() == 0 else []


def _own(folder: Path) -> None:
    if os.geteuid() == 0:
        owner = pwd.getpwnam(OWNER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
