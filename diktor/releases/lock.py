"""One deployment at a time on a machine."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from diktor.errors import ReleaseError
from diktor.settings import Settings

WAIT_S = 120.0
"""How long a deployment waits for the one before it."""


@contextmanager
def changing(settings: Settings, wait_s: float = WAIT_S) -> Iterator[None]:
    """Nobody else on this machine deploys or tidies meanwhile; waits until they are done.

    Raises:
        ReleaseError: they are not, after so long; or the data folder cannot be written.
    """
    deadline = time.monotonic() + wait_s
    with _lock(settings) as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    cause = "another release is being deployed on this machine"
                    raise ReleaseError(cause, "Try again later") from error
            time.sleep(0.1)
        yield


def _lock(settings: Settings) -> TextIO:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        return (settings.home / "releases.lock").open("w")
    except OSError as error:
        raise ReleaseError(f"{settings.home} cannot be written: {error.strerror}", "Look at the disk") from error
