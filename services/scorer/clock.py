"""How much time has passed on a partition, told by its messages and not by this worker.

A call is silent when others spoke long after it, or when nothing at all came though the worker was listening. While the
worker is kept from reading (back pressure, a replay of hours) no time passes, and no call is closed by mistake.

A wall clock that steps makes nobody silent: time stamps count up to where a clock that was never set would stand, and
when they fall behind, the time spent listening goes on.
"""

import time


class PartitionClock:
    """Seconds on a partition; runs with the time stamps of its messages, and while nothing comes with `listened`."""

    def __init__(self) -> None:
        self.now = 0.0
        self._set = time.time() - time.monotonic()  # once: what is done to the wall clock later is not heard of
        self._start = 0.0
        self._heard = False

    @property
    def elapsed(self) -> float:
        """Seconds since the partition was taken over."""
        return self.now - self._start

    def heard(self, timestamp_s: float) -> None:
        """A message of this time stamp came; one from the future is not believed."""
        timestamp_s = min(timestamp_s, self._set + time.monotonic())
        if not self._heard:
            self._heard = True
            self._start = timestamp_s - self.elapsed
            self.now = timestamp_s
        self.now = max(self.now, timestamp_s)

    def listened(self, seconds: float) -> None:
        """Nothing came for so long, though the worker waited for it."""
        self.now += seconds
