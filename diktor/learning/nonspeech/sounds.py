"""Sounds of a line on which nobody speaks: noise, hum, tones of the exchange, keys, music on hold, typing, breath.

All of them are (samples,) at 16 kHz, as loud as they come: a line sets the level. Tones are those of ITU-T E.180 as
used in Russia (425 Hz), and of ITU-T Q.23 for keys.
"""

from collections.abc import Callable
from random import Random

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from diktor.learning.corpus.source import RATE
from diktor.learning.corpus.world import Array

Sound = Callable[[int, Random], Array]

TONE_HZ, MAINS_HZ = 425.0, 50.0

CADENCES_S = ((1.0, 0.0), (1.0, 4.0), (0.35, 0.35), (0.175, 0.175))
"""Seconds on and off: dial tone, ringing, busy, congestion."""

KEYS_HZ = ((697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0))
"""A key is a tone of each row."""

SCALE = (0, 2, 4, 5, 7, 9, 11)
"""Semitones of a major scale."""


def noise(count: int, rng: Random) -> Array:
    """White, or less of it above or below; as loud as ever, or swelling as traffic does."""
    x = _white(count, rng)
    colour = rng.choice(("white", "low", "high"))
    if colour != "white":
        x = sosfilt(butter(rng.choice((1, 2)), rng.uniform(150, 2500), btype=colour, fs=RATE, output="sos"), x)
    if rng.random() < 0.3:
        x = x * (1 + rng.uniform(0.3, 0.95) * np.sin(_turns(count, rng.uniform(0.1, 2.0), rng)))
    return np.asarray(x)


def hum(count: int, rng: Random) -> Array:
    """The mains and its overtones."""
    parts = (rng.random() / k * np.sin(_turns(count, k * MAINS_HZ, rng)) for k in range(1, 21))
    return np.asarray(sum(parts, 0.02 * _white(count, rng)))


def tone(count: int, rng: Random) -> Array:
    """A tone of the exchange in one of its cadences."""
    on, off = rng.choice(CADENCES_S)
    place = (np.arange(count) / RATE + rng.uniform(0, on + off)) % (on + off)
    return np.asarray(np.sin(_turns(count, TONE_HZ * rng.uniform(0.98, 1.02), rng)) * (place < on))


def dialling(count: int, rng: Random) -> Array:
    """Keys, one after another."""
    y, at = np.zeros(count), rng.randrange(RATE)
    while at < count:
        size = min(count - at, int(RATE * rng.uniform(0.07, 0.2)))
        y[at : at + size] = sum(np.sin(_turns(size, rng.choice(row), rng)) for row in KEYS_HZ)
        at += size + int(RATE * rng.uniform(0.05, 0.6))
    return y


def music(count: int, rng: Random) -> Array:
    """Chords and a melody on something that is plucked or held."""
    y, beat = np.zeros(count), int(RATE * 60 / rng.uniform(60, 150))
    root, fall, overtones = rng.uniform(90, 220), rng.uniform(0.8, 6.0), rng.randint(2, 8)
    for at in range(0, count, beat):
        steps = [SCALE[(rng.randrange(7) + third) % 7] for third in (0, 2, 4)[: rng.randint(1, 3)]]
        steps += [12 + rng.choice(SCALE)] * (rng.random() < 0.8)
        size = min(count - at, beat * rng.choice((1, 1, 2, 4)))
        decay = np.exp(-fall * np.arange(size) / RATE) * np.minimum(1, np.arange(size) / (0.01 * RATE))
        for step in steps:
            pitch = root * 2 ** (step / 12)
            y[at : at + size] += decay * sum(np.sin(_turns(size, k * pitch, rng)) / k for k in range(1, overtones + 1))
    return y


def typing(count: int, rng: Random) -> Array:
    """Strokes of keys in a room, in bursts."""
    strokes, at = np.zeros(count), rng.randrange(RATE)
    while at < count:
        strokes[at] = rng.uniform(0.2, 1)
        at += int(RATE * (rng.uniform(0.06, 0.3) if rng.random() < 0.9 else rng.uniform(0.5, 3)))
    size = int(RATE * rng.uniform(0.01, 0.05))
    stroke = _white(size, rng) * np.exp(-6 * np.arange(size) / size)
    return np.asarray(fftconvolve(strokes, stroke)[:count] + 0.01 * _white(count, rng))


def breath(count: int, rng: Random) -> Array:
    """Air at the microphone, in and out."""
    low = rng.uniform(200, 800)
    band = butter(2, (low, low * rng.uniform(2, 6)), btype="band", fs=RATE, output="sos")
    depth = np.sin(_turns(count, rng.uniform(0.2, 0.6), rng)) ** rng.choice((1, 2, 4))
    return np.asarray(sosfilt(band, _white(count, rng)) * np.maximum(depth, 0.02))


SOUNDS: tuple[Sound, ...] = (noise, noise, hum, tone, dialling, music, typing, breath)
"""As often as they are drawn."""


def _white(count: int, rng: Random) -> Array:
    return np.asarray(np.random.default_rng(rng.randrange(2**31)).standard_normal(count))


def _turns(count: int, hertz: float, rng: Random) -> Array:
    """The angle of so many turns a second, from anywhere."""
    return 2 * np.pi * (hertz * np.arange(count) / RATE + rng.random())
