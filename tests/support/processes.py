"""Starting a process, waiting until it serves, ending it with everything it started."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from deploy.embedded.home import LOWEST as LOWEST_STACK_PORT

ROOT = Path(__file__).resolve().parents[2]


LOWEST_PORT = 10000
_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on now, below those of stacks; each worker of pytest-xdist has its own to give."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % workers
    start = LOWEST_PORT + os.getpid() % 4000
    for port in range(start - start % workers + worker, LOWEST_STACK_PORT, workers):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in _given:
                _given.add(port)
                return port
    raise RuntimeError("no free port")


def wait_until(what: str, condition: Callable[[], bool], seconds: float = 60) -> None:
    """Poll until it holds; an AssertionError that says what never came."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.1)


def listening(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Running:
    """A process in a group of its own."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, env={**os.environ, **env}, cwd=ROOT, stdout=output, stderr=output, start_new_session=True
            )

    def kill(self) -> None:
        """As a crash would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds: float = 20) -> None:
        """Politely, then not."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        self.kill()


@contextlib.contextmanager
def running(
    command: Sequence[str], env: Mapping[str, str], log: Path, port: int, seconds: float = 60
) -> Iterator[Running]:
    """A process that listens on `port`; its log's end in the failure when it does not."""
    started = Running(command, env, log)
    try:
        deadline = time.monotonic() + seconds
        while not listening(port):
            alive = started.process.poll() is None and time.monotonic() < deadline
            assert alive, f"{command[:4]} is not up:\n{log.read_text()[-2000:]}"
            time.sleep(0.1)
        yield started
    finally:
        started.stop()


def python() -> str:
    """The interpreter of the application's environment."""
    return sys.executable
