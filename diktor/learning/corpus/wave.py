"""Speech as samples, cut and put together in frames of 5 ms: `world.Frames` for speech that passes no vocoder."""

from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Self

import numpy as np
from numpy.typing import NDArray

from diktor.learning.corpus.source import RATE
from diktor.learning.corpus.world import HOP_S, Array

HOP = round(RATE * HOP_S)
"""Samples per frame."""

BLEND = 4 * HOP
"""Half a window of the overlap-add, and half of how far it looks for the best place to go on: 20 ms hold a period of
any voice."""

JOINT = HOP
"""Samples over which a piece rises and falls, so that a cut is no click."""


@dataclass(frozen=True)
class Wave:
    """`samples` (80 · T,) at 16 kHz; `floor` the level of the recording's quiet."""

    samples: Array
    floor: float

    @classmethod
    def of(cls, samples: Array) -> Self:
        """A recording, cut to whole frames."""
        whole = samples[: len(samples) // HOP * HOP]
        levels = np.sqrt((whole.reshape(-1, HOP) ** 2).mean(1))
        return cls(whole, float(np.percentile(levels, 3)))

    def __len__(self) -> int:
        """Frames."""
        return len(self.samples) // HOP

    def cut(self, start: int, stop: int) -> "Wave":
        """Frames start..stop."""
        return replace(self, samples=self.samples[start * HOP : stop * HOP])

    def at(self, places: NDArray[np.int64]) -> "Wave":
        """Frames at these places, in their order: longer or shorter speech of the same pitch.

        Waveform-similarity overlap-add (Verhelst & Roelands 1993): each piece is taken near its place where it goes on
        best from the one before.
        """
        if not len(places):
            return replace(self, samples=self.samples[:0])
        window = np.hanning(2 * BLEND + 1)[:-1]
        padded = np.pad(self.samples, (2 * BLEND, 4 * BLEND))
        out, weight = np.zeros(len(places) * HOP + 2 * BLEND), np.zeros(len(places) * HOP + 2 * BLEND)
        expected = None
        for number in range(0, len(places), BLEND // HOP):
            start = int(places[number]) * HOP + BLEND
            if expected is not None and start != expected:
                start += _likest(padded, start, padded[expected : expected + BLEND])
            begin = number * HOP
            out[begin : begin + 2 * BLEND] += window * padded[start : start + 2 * BLEND]
            weight[begin : begin + 2 * BLEND] += window
            expected = min(start + BLEND, len(padded) - 2 * BLEND)
        stretched = out / np.maximum(weight, 1e-3)
        return replace(self, samples=stretched[BLEND : BLEND + len(places) * HOP])

    def again(self, level: float, rng: Random) -> "Wave":
        """The same, `level` louder (logarithm of power), rising and falling as something said for itself."""
        shape = np.interp(np.arange(len(self.samples)), *_ramp(len(self.samples)))
        return replace(self, samples=self.samples * shape * np.exp(level / 2))

    def levels(self) -> Array:
        """Each frame's natural logarithm of power."""
        return np.asarray(np.log((self.samples.reshape(-1, HOP) ** 2).mean(1) + 1e-12))

    def silence(self, seconds: float, rng: Random) -> "Wave":
        """A pause as quiet as the recording's quiet."""
        noise = np.random.RandomState(rng.randrange(2**31)).randn(max(1, int(seconds / HOP_S)) * HOP)
        return replace(self, samples=noise * self.floor)

    def held(self, start: int, stop: int, seconds: float, rng: Random) -> "Wave":
        """The sound between two frames, drawn out to so many seconds."""
        quarter = (stop - start) // 4
        places = np.linspace(start + quarter, max(start + quarter + 1, stop - quarter), max(2, int(seconds / HOP_S)))
        return self.at(places.astype(np.int64))

    def joined(self, pieces: "list[Wave]") -> "Wave":
        """Pieces one after another."""
        parts = [piece.samples.copy() for piece in pieces if len(piece.samples)]
        for before, after in pairwise(parts):
            size = min(JOINT, len(before), len(after))
            before[-size:] *= np.linspace(1, 0, size)
            after[:size] *= np.linspace(0, 1, size)
        return replace(self, samples=np.concatenate(parts))


def _likest(padded: Array, near: int, wanted: Array) -> int:
    """By how many samples from `near` the sound goes on most like `wanted`."""
    first = max(0, near - BLEND // 2)
    searched = padded[first : near + BLEND // 2 + len(wanted)]
    match = np.correlate(searched, wanted, "valid")
    energy = np.convolve(searched**2, np.ones(len(wanted)), "valid")
    return first + int(np.argmax(match / np.sqrt(energy + 1e-6))) - near


def _ramp(count: int) -> tuple[list[float], list[float]]:
    edge = min(2 * HOP, count // 3)
    return [0, edge, count - 2 * edge, count - 1], [0.4, 1, 1, 0.2]
