"""Speech as WORLD parameters (pitch, spectral envelope, aperiodicity; Morise et al. 2016), cut and put together."""

import warnings
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.learning.corpus.source import RATE

with warnings.catch_warnings():  # it asks pkg_resources for its own version; the lock keeps setuptools below 81 for it
    warnings.simplefilter("ignore")
    import pyworld

HOP_S = 0.005
"""Seconds per frame."""

FFT = 1024

QUIETEST = -22.0
"""The envelope of a pause."""

Array = NDArray[np.float64]


class Frames(NamedTuple):
    """`f0` (T,) Hz, 0 unvoiced; `envelope` (T, 513) natural logarithm of power; `aperiodicity` (T, 513) in 0..1."""

    f0: Array
    envelope: Array
    aperiodicity: Array

    def cut(self, start: int, stop: int) -> "Frames":
        """Frames start..stop."""
        return Frames(self.f0[start:stop], self.envelope[start:stop], self.aperiodicity[start:stop])

    def at(self, places: NDArray[np.int64]) -> "Frames":
        """Frames at these places, in their order: longer, shorter or repeated speech."""
        return Frames(self.f0[places], self.envelope[places], self.aperiodicity[places])

    def __len__(self) -> int:
        """Fields would be counted otherwise."""
        return len(self.f0)

    def again(self, level: float, rng: Random) -> "Frames":
        """The same said once more, `level` louder, on a pitch a little different, rising and falling for itself."""
        edges = [0, min(2, len(self) - 1), max(2, len(self) - 4), max(3, len(self) - 1)]
        fade = np.interp(np.arange(len(self)), edges, [-1.5, 0, 0, -3])[:, None]
        return Frames(self.f0 * rng.uniform(0.95, 1.08), self.envelope + fade + level, self.aperiodicity)

    def levels(self) -> Array:
        """Each frame's natural logarithm of power."""
        return np.asarray(np.log(np.exp(self.envelope).mean(1)))

    def silence(self, seconds: float, rng: Random) -> "Frames":
        """A pause: the quietest envelope with a little noise."""
        count, bins = max(1, int(seconds / HOP_S)), self.envelope.shape[1]
        grain = np.random.RandomState(rng.randrange(2**31)).randn(count, bins) * 0.3
        return Frames(np.zeros(count), np.full((count, bins), QUIETEST) + grain, np.ones((count, bins)))

    def held(self, start: int, stop: int, seconds: float, rng: Random) -> "Frames":
        """The sound between two frames, drawn out: a random walk among its middle frames."""
        middle, reach = (start + stop) // 2, max(2, (stop - start) // 4)
        walk = np.cumsum([rng.choice([-1, 1]) for _ in range(max(2, int(seconds / HOP_S)))])
        places = np.clip(middle + walk % (2 * reach) - reach, 0, len(self) - 1)
        return self.at(places.astype(np.int64))

    def joined(self, pieces: "list[Frames]") -> "Frames":
        """Pieces one after another."""
        return Frames(*(np.concatenate([piece[k] for piece in pieces]) for k in range(3)))


def frame(seconds: float) -> int:
    """The frame at a time."""
    return round(seconds / HOP_S)


def analyse(samples: Array) -> Frames:
    """Parameters of (samples,) at 16 kHz."""
    rough, times = pyworld.dio(samples, RATE, frame_period=HOP_S * 1000)
    f0 = pyworld.stonemask(samples, rough, times, RATE)
    envelope = pyworld.cheaptrick(samples, f0, times, RATE, fft_size=FFT)
    aperiodicity = pyworld.d4c(samples, f0, times, RATE, fft_size=FFT)
    return Frames(f0, np.log(envelope + 1e-12), aperiodicity)


class Speaker(NamedTuple):
    """A change of speaker: factors on pitch, formant frequencies and duration."""

    pitch: float = 1.0
    formants: float = 1.0
    tempo: float = 1.0


def synthesise(frames: Frames, speaker: Speaker) -> Array:
    """Samples at 16 kHz of these frames, spoken by `speaker`; peak 0.7. A frame lasts HOP_S · tempo."""
    bins = frames.envelope.shape[1]
    places = np.clip(np.arange(bins) / speaker.formants, 0, bins - 1)
    low = places.astype(int)
    high, share = np.minimum(low + 1, bins - 1), places - low
    envelope = frames.envelope[:, low] * (1 - share) + frames.envelope[:, high] * share
    aperiodicity = frames.aperiodicity[:, low] * (1 - share) + frames.aperiodicity[:, high] * share
    samples = pyworld.synthesize(
        np.ascontiguousarray(frames.f0 * speaker.pitch),
        np.ascontiguousarray(np.exp(np.clip(envelope, -25, 5))),
        np.ascontiguousarray(np.clip(aperiodicity, 0.001, 0.999)),
        RATE,
        HOP_S * 1000 * speaker.tempo,
    )
    return np.asarray(samples / (np.abs(samples).max() + 1e-9) * 0.7)
