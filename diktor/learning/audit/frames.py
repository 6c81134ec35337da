"""Level, spectral centroid and quiet of a clip in steps of 10 ms: what a meter shows of speech, not what is said."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.learning.concordance import Floats
from diktor.learning.corpus.channel import TELEPHONE

HOP_S = 0.01
_HOP, _LENGTH = 80, 160

QUIET = 0.35
"""How far from a clip's floor (5th percentile of its level) to its loud frames (95th) quiet reaches."""


class Frames(NamedTuple):
    """`level` (T,) decibels of int16 samples' power, `centroid` (T,) Hz, `quiet` (T,) bool."""

    level: Floats
    centroid: Floats
    quiet: NDArray[np.bool_]

    def between(self, start_s: float, end_s: float) -> "Frames":
        """The frames of a stretch of the clip, one at least."""
        first = min(max(0, int(start_s / HOP_S)), len(self.level) - 1)
        last = max(first + 1, int(np.ceil(end_s / HOP_S)))
        return Frames(self.level[first:last], self.centroid[first:last], self.quiet[first:last])


def frames(pcm: NDArray[np.int16]) -> Frames:
    """Of (samples,) int16 at 8 kHz."""
    padded = np.pad(pcm.astype(np.float64), (0, max(0, _LENGTH - len(pcm))))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, _LENGTH)[::_HOP]
    power = np.abs(np.fft.rfft(pieces * np.hanning(_LENGTH), axis=1)) ** 2
    total = power.sum(1) + 1.0  # digital silence has a level too
    level = 10 * np.log10(total)
    floor, loud = np.percentile(level, (5, 95))
    centroid = power @ np.fft.rfftfreq(_LENGTH, 1 / TELEPHONE) / total
    return Frames(level, centroid, level < floor + QUIET * (loud - floor))


def pauses(quiet: NDArray[np.bool_]) -> Floats:
    """Seconds of each run of quiet frames, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
    return np.asarray((edges[1::2] - edges[::2]) * HOP_S)
