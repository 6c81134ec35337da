"""A wall clock that can be set under running parts, as a step of NTP does: Debian's libfaketime, told by a file."""

from functools import cache
from pathlib import Path

import pytest

from deploy.setup.machine import install
from diktor.errors import StackError

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
HOUR_S = 3600


class Clock:
    """The wall clock of every process that `env` is given to; the monotonic one stays as it is.

    Not for a process that calls `time.sleep`: the library refuses its way of sleeping (no part under test does so).
    Skips the test where there is no such library.
    """

    def __init__(self, file: Path) -> None:
        if reason := why_not():
            pytest.skip(reason)
        self._file = file
        self.env = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        self.set(0)

    def set(self, seconds: int) -> None:
        """So far from the right time, within a second."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._file)


@cache
def why_not() -> str:
    """Why no clock can be set here; empty when the library is there, or could be installed now."""
    try:
        if not LIBRARY.exists():
            install(["libfaketime"], "a test sets the clock of running parts")
    except StackError as error:
        return str(error)
    return "" if LIBRARY.exists() else f"the package libfaketime brought no {LIBRARY}"
