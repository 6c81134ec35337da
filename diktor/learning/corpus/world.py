"""Speech as WORLD parameters (pitch, spectral envelope, aperiodicity; Morise et al. 2016), cut and put together."""

import warnings
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


class Tape:
    """Speech being put together from source frames and new ones; knows where source times ended up."""

    def __init__(self, source: Frames) -> None:
        self.source = source
        self.position = 0
        """The source frame that comes next."""
        self.length = 0
        """Frames on the tape."""
        self._pieces: list[Frames] = []
        self._from, self._to = [0], [0]

    def copy(self, stop: int) -> None:
        """Source frames up to `stop` as they are."""
        if stop > self.position:
            self.put(self.source.cut(self.position, stop))
            self.skip(stop)

    def put(self, frames: Frames) -> None:
        """New frames; the source does not move on."""
        self._pieces.append(frames)
        self.length += len(frames)

    def skip(self, stop: int) -> None:
        """The source goes on at `stop`."""
        self.position = max(self.position, stop)
        self._from.append(self.position)
        self._to.append(self.length)

    def time(self, seconds: float) -> float:
        """Where a source time is on the tape, in seconds at tempo 1."""
        return float(np.interp(seconds / HOP_S, self._from, self._to)) * HOP_S

    def frames(self) -> Frames:
        """All of it."""
        return Frames(*(np.concatenate([piece[k] for piece in self._pieces]) for k in range(3)))
