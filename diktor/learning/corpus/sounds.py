"""One sound replaced by another: uvular р in five kinds, fricative г, and shams on other consonants.

Envelopes are interpolated between the neighbours and shaped by the new sound's resonances; figures from
acoustic descriptions of uvular rhotics (F1 400–680, F2 850–1650 Hz, trills at 20–32 Hz) and velar fricatives.
"""

from random import Random
from typing import Literal, NamedTuple

import numpy as np

from diktor.learning.corpus.source import RATE
from diktor.learning.corpus.world import HOP_S, Array, Frames

DECIBEL = np.log(10) / 10
"""One decibel of power in natural logarithms."""

Kind = Literal["fricative", "trill", "tap", "approximant", "vocalised"]
UVULAR: tuple[Kind, ...] = (
    "fricative",
    "fricative",
    "trill",
    "trill",
    "tap",
    "approximant",
    "approximant",
    "vocalised",
)
SHAM: tuple[Kind, ...] = ("approximant", "tap", "fricative", "vocalised")

_LEVEL = {"fricative": (-7, 0), "trill": (-3, 0), "tap": (-3, 0), "approximant": (-7, -1), "vocalised": (-2, 1)}
_NOISE = {
    "fricative": (0.45, 0.97),
    "trill": (0.15, 0.6),
    "tap": (0.05, 0.4),
    "approximant": (0.03, 0.25),
    "vocalised": (0.01, 0.1),
}


class Place(NamedTuple):
    """Source frames [start, stop) of the sound, and whether its neighbours are voiced."""

    start: int
    stop: int
    voiced_before: bool
    voiced_after: bool


class Replacement(NamedTuple):
    """New frames for the source frames [start, stop); the sound itself begins `onset` frames in and is `core` long."""

    frames: Frames
    start: int
    stop: int
    onset: int
    core: int
    kind: str


def rhotic(source: Frames, place: Place, palatalised: bool, rng: Random) -> Replacement:
    """A uvular р."""
    kind = rng.choice(UVULAR)
    resonances = [
        (rng.uniform(400, 680), rng.uniform(1, 7), _width(rng)),
        (rng.uniform(1050, 1650) if palatalised else rng.uniform(850, 1350), rng.uniform(3, 12), _width(rng) * 1.3),
        (rng.uniform(2250, 3000), rng.uniform(0, 6), _width(rng) * 1.2),
        (rng.uniform(1750, 2050), -rng.uniform(2, 9), 250.0),
    ]
    return _replace(source, place, kind, resonances, rng.uniform(-9, -1), rng.uniform(0, 0.15), rng)


def sham(source: Frames, place: Place, rng: Random) -> Replacement:
    """Another consonant weakened: the trace of editing without a defect."""
    resonances = [
        (rng.uniform(250, 700), rng.uniform(0, 6), _width(rng)),
        (rng.uniform(800, 2000), rng.uniform(-3, 8), _width(rng) * 1.3),
        (rng.uniform(1800, 3000), rng.uniform(-3, 7), _width(rng) * 1.2),
    ]
    return _replace(source, place, rng.choice(SHAM), resonances, rng.uniform(-8, 0), rng.uniform(0, 0.9), rng)


def fricative_g(source: Frames, place: Place, rng: Random) -> Replacement:
    """A voiced velar fricative for closure and burst."""
    start, stop = place.start, place.stop
    count = max(9, int((stop - start) * rng.uniform(0.95, 1.3)))
    hertz = np.linspace(0, RATE / 2, source.envelope.shape[1])
    second = rng.uniform(1300, 1900)
    gain = np.interp(
        hertz,
        [0, 300, 700, second - 300, second, second + 400, 3000, 8000],
        [-1, -3, -10, -9, -4, -9, -13, -18],
    )
    left = source.envelope[max(start - 4, 0) : max(start - 1, 1)].mean(0)
    right = source.envelope[stop + 1 : stop + 4].mean(0) if stop + 4 < len(source) else left
    weight = np.linspace(0, 1, count)[:, None]
    edge = np.ones(count)
    ramp = min(3, count // 3 + 1)
    edge[:ramp] = np.linspace(0.3, 1, ramp)
    edge[-ramp:] = np.linspace(1, 0.3, ramp)
    shaped = left * (1 - weight) + right * weight + DECIBEL * (gain + rng.uniform(-4, 0))[None] * edge[:, None]
    noise = np.interp(hertz, [0, 600, 1500, 4000, 8000], [0.05, 0.2, rng.uniform(0.45, 0.85), 0.9, 0.97])
    frames = Frames(_pitch(source, start, stop, count), shaped, np.tile(noise, (count, 1)))
    return Replacement(frames, start, stop, 0, count, "fricative")


def _replace(
    source: Frames,
    place: Place,
    kind: Kind,
    resonances: list[tuple[float, float, float]],
    tilt: float,
    keep: float,
    rng: Random,
) -> Replacement:
    start, stop = _reach(source, place, rng)
    onset, after = place.start - start, stop - place.stop
    core = _core(place.stop - place.start, kind, rng)
    count = onset + core + after
    hertz = np.linspace(0, RATE / 2, source.envelope.shape[1])
    envelope = _bridge(source, start, stop, count, rng)
    if keep > 0.05:
        inside = np.linspace(place.start, place.stop - 1, core)
        places = np.concatenate([np.arange(start, place.start), inside, np.arange(place.stop, stop)])
        old = source.envelope[np.clip(places.round().astype(int), 0, len(source) - 1)]
        envelope = envelope * (1 - keep) + old * keep
    edge = _edges(count, onset, after, rng)
    gain = sum(g * np.exp(-0.5 * ((hertz - f) / w) ** 2) for f, g, w in resonances) + tilt * hertz / 4000.0
    level = rng.uniform(*_LEVEL[kind]) * edge
    level[onset : onset + core] += _modulation(core, kind, rng)
    envelope = envelope + DECIBEL * (gain[None] * edge[:, None] * rng.uniform(0.6, 1.1) + level[:, None])
    aperiodicity = _noise(hertz, kind, edge, rng)
    f0 = _pitch(source, start, stop, count)
    neighbours = place.voiced_before + place.voiced_after
    if neighbours == 0 or (neighbours == 1 and kind == "fricative" and rng.random() < 0.4):
        f0, aperiodicity, envelope = f0 * 0, np.full_like(aperiodicity, 0.999), envelope + 0.5
    return Replacement(Frames(f0, envelope, aperiodicity), start, stop, onset, core, kind)


def _reach(source: Frames, place: Place, rng: Random) -> tuple[int, int]:
    """The edit reaches a little into voiced neighbours."""
    before, after = rng.randint(0, 5), rng.randint(0, 5)
    start = max(1, place.start - before) if place.voiced_before else place.start
    stop = min(len(source) - 2, place.stop + after) if place.voiced_after else place.stop
    return min(start, place.start), max(stop, place.stop)


def _core(length: int, kind: Kind, rng: Random) -> int:
    core = max(6, int(length * rng.uniform(0.8, 1.5)))
    if kind == "trill":
        return max(core, rng.randint(9, 18))
    return max(5, min(core, rng.randint(6, 12))) if kind == "tap" else core


def _bridge(source: Frames, start: int, stop: int, count: int, rng: Random) -> Array:
    left = source.envelope[max(start - 3, 0) : max(start, 1)].mean(0)
    right = source.envelope[stop : stop + 3].mean(0)
    loud_left, loud_right = left[10:200].mean(), right[10:200].mean()
    if loud_left < loud_right - 3:
        left = right - rng.uniform(0.3, 1.5)
    elif loud_right < loud_left - 3:
        right = left - rng.uniform(0.3, 1.5)
    weight = np.linspace(0, 1, count)[:, None]
    bridge = left * (1 - weight) + right * weight
    return _smooth(bridge, rng.choice([6, 10, 16])) if rng.random() < 0.5 else bridge


def _smooth(envelope: Array, quefrency: int) -> Array:
    cepstrum = np.fft.irfft(envelope, axis=1)
    lifter = np.zeros(cepstrum.shape[1])
    lifter[:quefrency] = lifter[-quefrency + 1 :] = 1
    return np.asarray(np.fft.rfft(cepstrum * lifter, axis=1).real)


def _edges(count: int, onset: int, after: int, rng: Random) -> Array:
    edge = np.ones(count)
    rise = min(max(2, onset + rng.randint(1, 3)), count)
    edge[:rise] = np.linspace(0.1, 1, rise)
    fall = min(max(2, after + rng.randint(1, 3)), count)
    edge[-fall:] = np.minimum(edge[-fall:], np.linspace(1, 0.1, fall))
    return edge


def _modulation(count: int, kind: Kind, rng: Random) -> Array:
    """Decibels over the sound: a tap's dip, a trill's beats."""
    seconds = np.arange(count) * HOP_S
    if kind == "tap":
        centre, width = seconds[-1] * rng.uniform(0.35, 0.65), rng.uniform(0.007, 0.014)
        depth, power = rng.uniform(6, 20), rng.choice([2, 4])
        return np.asarray(-depth * np.exp(-0.5 * np.abs((seconds - centre) / width) ** power))
    if kind == "trill":
        beats = 0.5 - 0.5 * np.cos(2 * np.pi * rng.uniform(20, 32) * seconds + rng.uniform(0, 0.8))
        return np.asarray(-rng.uniform(5, 18) * np.clip(beats, 0, 1) ** rng.uniform(0.7, 2.5))
    return np.zeros(count)


def _noise(hertz: Array, kind: Kind, edge: Array, rng: Random) -> Array:
    share = rng.uniform(*_NOISE[kind])
    knee = rng.uniform(800, 1400)
    steps = [0.02 + 0.1 * share, 0.05 + 0.25 * share, share, min(0.98, share + 0.15), 0.98]
    curve = np.interp(hertz, [0, 400, knee, 3500, 8000], steps)
    return np.clip(curve[None] * edge[:, None] + (1 - edge[:, None]) * 0.15, 0.001, 0.999)


def _pitch(source: Frames, start: int, stop: int, count: int) -> Array:
    before, after = source.f0[max(start - 6, 0) : start], source.f0[stop : stop + 6]
    before, after, voiced = before[before > 0], after[after > 0], source.f0[source.f0 > 0]
    usual = float(np.median(voiced)) if len(voiced) else 120.0
    first = float(before[-1]) if len(before) else float(after[0]) if len(after) else usual
    last = float(after[0]) if len(after) else first
    return np.linspace(first, last, count) * (1 - 0.04 * np.sin(np.linspace(0, np.pi, count)))


def _width(rng: Random) -> float:
    return rng.uniform(80, 200)
