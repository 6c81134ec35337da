"""Damaged recordings of every codec: what a broken disk, a cut-off transfer or ill will makes of a file."""

import io
from collections.abc import Iterator
from random import Random

import av
import numpy as np
import soundfile

from diktor.learning.corpus.calls import encoded

SECONDS = 2


def recordings() -> dict[str, bytes]:
    """A short stereo recording in every codec that call recorders write, by name."""
    seconds = np.arange(SECONDS * 8000) / 8000
    pcm = np.rint(9000 * np.sin(2 * np.pi * np.array([[440], [900]]) * seconds)).astype(np.int16)
    made = {suffix: encoded(pcm, suffix) for suffix in ("ogg", "mp3", "flac", "wav")}
    for subtype in ("PCM_24", "FLOAT", "ULAW", "GSM610"):
        file, mono = io.BytesIO(), subtype == "GSM610"
        soundfile.write(file, (pcm[0] if mono else pcm.T) / 32768, 8000, subtype=subtype, format="WAV")
        made[f"wav {subtype}"] = file.getvalue()
    made["m4a"] = _m4a(pcm)
    return made


def mutations(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """`count` damaged versions of a file, the same for a seed."""
    rng = Random(seed)
    for _ in range(count):
        damaged = bytearray(data)
        for _ in range(rng.choice([1, 1, 2, 5, 30])):
            rng.choice((_flip, _cut, _repeat, _overwrite, _number))(damaged, rng)
        yield bytes(damaged)


def _place(data: bytearray, rng: Random) -> int:
    """Headers are damaged as often as everything else."""
    return rng.randrange(max(1, min(len(data), 400) if rng.random() < 0.5 else len(data)))


def _flip(data: bytearray, rng: Random) -> None:
    if data:
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _cut(data: bytearray, rng: Random) -> None:
    start = _place(data, rng)
    del data[start : start + rng.choice([1, 4, 100, 10**6])]


def _repeat(data: bytearray, rng: Random) -> None:
    start = _place(data, rng)
    data[start:start] = data[start : start + rng.choice([1, 4, 100, 2000])]


def _overwrite(data: bytearray, rng: Random) -> None:
    start, size = _place(data, rng), rng.choice([1, 4, 64])
    data[start : start + size] = rng.randbytes(size)


def _number(data: bytearray, rng: Random) -> None:
    """A length or rate becomes the largest, or nothing."""
    start = _place(data, rng)
    data[start : start + 4] = rng.choice([b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\0\0\0\x80"])


def _m4a(pcm: np.ndarray) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="ipod") as output:
        stream = output.add_stream("aac", rate=44100)
        stream.layout = "stereo"
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm), format="s16p", layout="stereo")
        frame.sample_rate = 8000
        for piece in av.AudioResampler("fltp", "stereo", 44100, 1024).resample(frame):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return file.getvalue()
