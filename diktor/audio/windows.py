"""A channel's audio becomes windows of the grid, the same ones for any split of the audio into frames.

Ordering: frames of a channel arrive in the order of their positions; what overlaps audio already received is dropped,
what is missing is silence. Failure: windows that are already stored are not assembled again, so that a replay which
starts in the middle of a call (the frames before were acknowledged, hence their windows are stored) never overwrites a
good row with one made from half the audio.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

from diktor.audio.grid import Grid, Window
from diktor.errors import ContractError
from diktor.releases import RATE

PCM = NDArray[np.int16]


class Assembled(NamedTuple):
    """A window and its samples: `pcm` (length,) int16, mono, 8 kHz, zeros after the channel's end."""

    window: Window
    pcm: PCM


class ChannelWindows:
    """Assembles one channel of one call. Holds less than one window and one frame of audio."""

    def __init__(self, grid: Grid, stored: Mapping[int, int] | None = None) -> None:
        """`stored`: start → end in ms of this channel's windows that need not be made again."""
        self._grid = grid
        self._stored = dict(stored or {})
        self._rate: int | None = None
        self._pieces: list[tuple[int, PCM]] = []  # (first sample, samples), at the channel's own rate
        self._end = 0  # sample after the last one received
        self._known_ms = max(self._stored.values(), default=0)
        self._next = 0

    @property
    def received_ms(self) -> int:
        """The channel's duration so far; a broken millisecond counts."""
        heard = 0 if self._rate is None else -(-self._end * 1000 // self._rate)
        return max(heard, self._known_ms)

    def add(self, position_ms: int, samples: PCM, rate: int) -> list[Assembled]:
        """Take in a frame; the windows that are complete now.

        Raises:
            ContractError: the rate is not the channel's.
        """
        if self._rate not in (None, rate):
            raise ContractError(f"the channel's rate changed from {self._rate} to {rate}")
        self._rate = rate
        first = position_ms * rate // 1000
        if first < self._end:
            samples = samples[self._end - first :]
            first = self._end
        if len(samples):
            self._pieces.append((first, samples))
            self._end = first + len(samples)
        return list(self._take(self._grid.complete(self._end * 1000 // rate)))

    def finish(self) -> list[Assembled]:
        """The channel is over: the windows that are left, the last one padded with silence."""
        return list(self._take(self._grid.count(self.received_ms), self.received_ms))

    def _take(self, count: int, duration_ms: int | None = None) -> Iterator[Assembled]:
        while self._next < count:
            window = self._grid.window(self._next, duration_ms)
            self._next += 1
            if self._stored.get(window.start_ms) != window.end_ms:
                yield Assembled(window, self._cut(window.start_ms))
            self._forget(self._next * self._grid.hop_ms)

    def _cut(self, start_ms: int) -> PCM:
        rate = self._rate or RATE
        start, length = start_ms * rate // 1000, self._grid.length_ms * rate // 1000
        overlaps = [(max(at, start), min(at + len(x), start + length), at, x) for at, x in self._pieces]
        overlaps = [overlap for overlap in overlaps if overlap[0] < overlap[1]]
        if not overlaps:
            return _silence(self._grid.length_ms * RATE // 1000)
        pcm = np.zeros(length, np.int16)
        for a, b, first, samples in overlaps:
            pcm[a - start : b - start] = samples[a - first : b - first]
        return pcm if rate == RATE else _resampled(pcm, rate)

    def _forget(self, before_ms: int) -> None:
        before = before_ms * (self._rate or RATE) // 1000
        self._pieces = [(first, samples) for first, samples in self._pieces if first + len(samples) > before]


def to_pcm(samples: NDArray[np.float32]) -> PCM:
    """Samples in [-1, 1] as the 16-bit integers they were on the wire."""
    return np.asarray(np.clip(np.rint(samples * 32768.0), -32768, 32767), np.int16)


@cache
def _silence(length: int) -> PCM:
    """One array for every window in a gap: an hour that is missing costs no memory."""
    pcm = np.zeros(length, np.int16)
    pcm.flags.writeable = False
    return pcm


def _resampled(pcm: PCM, rate: int) -> PCM:
    """A whole window to 8 kHz: resampling each window by itself makes it independent of the frames it came in."""
    return np.asarray(soxr.resample(pcm, rate, RATE), np.int16)
