"""What lies between mouth and file: room, telephone band, noise, level, codec. 16 kHz in, 8 kHz int16 out."""

import io
from functools import cache
from random import Random
from typing import NamedTuple

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from diktor.learning.corpus.source import RATE
from diktor.learning.corpus.world import Array

TELEPHONE = 8000

CODECS = (
    *("none", "alaw", "mp3-8", "mp3-16", "mp3-24", "mp3-32", "opus-8", "opus-16", "amr-7", "amr-4", "adpcm-16"),
    "gsm-13",
)
"""Kilobits per second behind the dash; gsm is full rate (GSM 06.10)."""

PACKET = TELEPHONE // 50
"""Samples of a packet: 20 ms."""

LOSSY = 0.15
"""Share of lines that lose packets."""

_OFTEN = {"none": 2, "alaw": 2, "mp3-8": 5, "gsm-13": 0}
_LIKELY = tuple(name for name in CODECS for _ in range(_OFTEN.get(name, 1)))
"""As often as they are drawn: calls are archived as mp3 at 8 kbit/s, which takes the most of a sound.

GSM full rate is kept for evaluation: AMR and ADPCM stand for it in training, as a codec that was never heard there.
"""

_ENCODERS = {
    "mp3": ("libmp3lame", "mp3", "s16p"),
    "opus": ("libopus", "ogg", "s16"),
    "amr": ("libopencore_amrnb", "amr", "s16"),
    "adpcm": ("adpcm_g726", "wav", "s16"),
}

_BITS = {"amr-7": 7400, "amr-4": 4750}
"""Rates that are no round number of kilobits."""


class Heard(NamedTuple):
    """Samples after the channel, how much silence was put before them, and what the channel was.

    `uncoded`: the same before codec and lost packets.
    """

    pcm: NDArray[np.int16]
    lead_s: float
    codec: str
    snr_db: float
    uncoded: NDArray[np.int16]


def telephone(samples: Array, rng: Random, codec: str | None = None, clean: bool = False) -> Heard:
    """A random channel for (samples,) at 16 kHz; `clean`: a good line, as in a demonstration."""
    noise = np.random.RandomState(rng.randrange(2**31))
    if not clean and rng.random() < 0.4:
        samples = _room(samples, rng, noise)
    y = soxr.resample(samples, RATE, TELEPHONE)
    lead = rng.randint(0, 6000)
    y = np.concatenate([np.zeros(lead), y, np.zeros(rng.randint(0, 4000))])
    y = _band(y, rng, clean)
    y = y / (np.abs(y).max() + 1e-9)
    snr = rng.uniform(25, 40) if clean else rng.uniform(8, 40)
    y = y + _noise(len(y), rng, noise) * np.sqrt((y**2).mean()) / 10 ** (snr / 20)
    level = rng.uniform(0.3, 0.9) if clean else rng.uniform(0.05, 0.98) * (1.6 if rng.random() < 0.1 else 1.0)
    y = np.clip(y / (np.abs(y).max() + 1e-9) * level, -1, 1)
    name = codec or likely(rng)
    uncoded = np.round(y * 32767).astype(np.int16)
    pcm = through(uncoded, name)
    if not clean and rng.random() < LOSSY:
        pcm = losing(pcm, rng.uniform(0.005, 0.05), rng)
    return Heard(pcm, lead / TELEPHONE, name, round(snr, 1), uncoded)


def likely(rng: Random) -> str:
    """A codec, the common ones more often."""
    return rng.choice(_LIKELY)


def through(pcm: NDArray[np.int16], codec: str) -> NDArray[np.int16]:
    """Encode and decode (samples,) at 8 kHz; same length, the codec's delay removed."""
    if codec == "none":
        return pcm
    if codec == "alaw":
        return _alaw(pcm)
    decoded = _coded(pcm, codec)
    delay = _delay(codec)
    decoded = decoded[delay : delay + len(pcm)]
    return np.pad(decoded, (0, len(pcm) - len(decoded)))


def losing(pcm: NDArray[np.int16], share: float, rng: Random) -> NDArray[np.int16]:
    """Packets of (samples,) at 8 kHz lost, one to three in a row; the receiver repeats what it had, quieter."""
    heard = pcm.copy()
    packet = 1
    while (packet + 1) * PACKET <= len(heard):
        if rng.random() < share / 2:  # a burst is two packets on average
            for gone in range(rng.randint(1, 3)):
                start = (packet + gone) * PACKET
                before = heard[start - PACKET : start] * (0.7 - 0.2 * gone)
                heard[start : start + PACKET] = before[: max(0, len(heard) - start)]
            packet += 3
        packet += 1
    return heard


def _room(samples: Array, rng: Random, noise: np.random.RandomState) -> Array:
    count = int(RATE * rng.uniform(0.1, 0.35))
    echo = noise.randn(count) * np.exp(-6.9 * np.arange(count) / count) * rng.uniform(0.02, 0.12)
    echo[0] = 1
    return np.asarray(fftconvolve(samples, echo)[: len(samples)])


def _band(y: Array, rng: Random, clean: bool) -> Array:
    low = rng.uniform(200, 300) if clean else rng.uniform(80, 350)
    high = 3400 if clean else rng.uniform(2400, 3400) if rng.random() < 0.7 else 3800
    y = sosfilt(butter(rng.choice([2, 4]), low, btype="high", fs=TELEPHONE, output="sos"), y)
    y = sosfilt(butter(rng.choice([4, 8]), high, fs=TELEPHONE, output="sos"), y)
    if not clean and rng.random() < 0.5:
        tilt = butter(1, rng.uniform(700, 2500), btype=rng.choice(["low", "high"]), fs=TELEPHONE, output="sos")
        y = sosfilt(tilt, y) * rng.uniform(0.5, 1) + y * rng.uniform(0.2, 0.8)
    return np.asarray(y)


def _noise(count: int, rng: Random, noise: np.random.RandomState) -> Array:
    x = noise.randn(count)
    if rng.random() < 0.5:
        x = sosfilt(butter(1, rng.uniform(300, 1200), fs=TELEPHONE, output="sos"), x)
    return np.asarray(x / (x.std() + 1e-9))


def _alaw(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    """A-law companding of ITU-T G.711 as a formula: enough for its quantisation noise."""
    a = 87.6
    x = pcm.astype(np.float64) / 32768
    y = np.abs(x)
    small = y < 1 / a
    c = np.where(small, a * y, 1 + np.log(np.maximum(a * y, 1e-9))) / (1 + np.log(a))
    c = np.round(c * 127) / 127
    e = np.where(c < 1 / (1 + np.log(a)), c * (1 + np.log(a)) / a, np.exp(c * (1 + np.log(a)) - 1) / a)
    return np.asarray(np.clip(np.sign(x) * e * 32767, -32768, 32767), np.int16)


def _coded(pcm: NDArray[np.int16], codec: str) -> NDArray[np.int16]:
    family, kilobits = codec.split("-")
    if family == "gsm":
        return _gsm(pcm)
    name, container, layout = _ENCODERS[family]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(name, rate=48000 if family == "opus" else TELEPHONE)
        stream.layout, stream.format = "mono", layout
        stream.bit_rate = _BITS.get(codec, int(kilobits) * 1000)
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16p" if layout == "s16p" else "s16", layout="mono")
        frame.sample_rate = TELEPHONE
        resampler = av.AudioResampler(layout, "mono", stream.rate)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, format=container) as source:
        resampler = av.AudioResampler("s16", "mono", TELEPHONE)
        pieces = [p.to_ndarray()[0] for f in source.decode(audio=0) for p in resampler.resample(f)]
        pieces += [p.to_ndarray()[0] for p in resampler.resample(None)]
    return np.concatenate(pieces).astype(np.int16)


def _gsm(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    """By libsndfile: FFmpeg decodes it only."""
    file = io.BytesIO()
    soundfile.write(file, pcm, TELEPHONE, format="WAV", subtype="GSM610")
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="int16")
    return np.asarray(decoded, np.int16)


@cache
def _delay(codec: str) -> int:
    """By how many samples the codec is late, measured once on a noise that comes and goes."""
    noise = np.random.RandomState(0)
    burst = sosfilt(butter(4, [400, 2000], btype="band", fs=TELEPHONE, output="sos"), noise.randn(16000))
    pcm = (burst * np.repeat(noise.uniform(0, 1, 20), 800) * 8000).astype(np.int16)
    late = _coded(pcm, codec).astype(np.float64)
    size = 1 << 16
    match = np.fft.irfft(np.fft.rfft(late, size) * np.conj(np.fft.rfft(pcm.astype(np.float64), size)), size)
    return int(np.argmax(match[:4000]))
