"""A disk of a few MiB that can be full: a tmpfs where a part keeps its files, so that ENOSPC is the kernel's."""

import contextlib
import errno
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

FILLER = "filler"
_PIECE = bytes(1 << 16)


class Disk:
    """The file system at `folder`, which may be another process's view of it (`/proc/PID/root/…`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill_for(self, seconds: float) -> int:
        """Leave no byte free for so long, also of what is given back meanwhile; how many bytes that took."""
        deadline = time.monotonic() + seconds
        return self.fill_while(lambda: time.monotonic() < deadline)

    def fill_while(self, condition: Callable[[], bool]) -> int:
        """The same as long as it holds."""
        filler = self.folder / FILLER
        with filler.open("ab", buffering=0) as file:
            try:
                while condition():
                    _fill(file.fileno())
                    time.sleep(0.05)
                return filler.stat().st_size
            finally:
                filler.unlink()


def _fill(descriptor: int) -> None:
    size = len(_PIECE)
    while size:
        try:
            os.write(descriptor, _PIECE[:size])
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            size //= 16


@contextlib.contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Disk]:
    """A disk of its own at `folder`. Skips the test where none can be mounted."""
    if reason := why_not():
        pytest.skip(reason)
    folder.mkdir(parents=True, exist_ok=True)
    _mount(folder, mebibytes)
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@cache
def why_not() -> str:
    """Why no disk can be mounted here; empty when it can."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            _mount(Path(folder), 1)
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", b"") or str(error).encode()
            return f"no tmpfs can be mounted on this machine: {said.decode().strip()}"
        subprocess.run(["umount", folder], check=True)
    return ""


def _mount(folder: Path, mebibytes: int) -> None:
    options = f"size={mebibytes}m,mode=1777"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "diktor-test", str(folder)], check=True, capture_output=True)
