"""Recordings of lines on which nobody speaks, and their list: a manifest of healthy recordings without words."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import soundfile
import soxr
from numpy.typing import NDArray

from diktor.learning.corpus.channel import likely, telephone, through
from diktor.learning.corpus.source import RATE
from diktor.learning.nonspeech.sounds import SOUNDS, Sound
from diktor.learning.processes import context
from diktor.releases import RATE as TELEPHONE

LIST = "list.parquet"

SPEAKER = "nobody"

SHORTEST_S, LONGEST_S = 6.0, 24.0

OVER_THE_TELEPHONE = 0.5
"""Share that is heard through room, band, noise and codec, as the corpus draws them; the others through a codec."""

MIXED = 0.3
"""Share in which two sounds are heard at once."""

_WORD = pyarrow.struct([("word", pyarrow.string()), ("start", pyarrow.float64()), ("end", pyarrow.float64())])
_SCHEMA = pyarrow.schema(
    [
        *((name, pyarrow.string()) for name in ("file", "class", "speaker", "template", "split")),
        ("words", pyarrow.list_(_WORD)),
    ]
)


def write(out: Path, minutes: float, seed: int) -> int:
    """Leave at least so many minutes of such lines in `out`, with their list; returns how many they are."""
    out.mkdir(parents=True, exist_ok=True)
    lengths = list[float]()
    while sum(lengths) < 60 * minutes:
        lengths.append(Random(f"{seed}/{len(lengths)}").uniform(SHORTEST_S, LONGEST_S))
    with ProcessPoolExecutor(mp_context=context()) as pool:
        rows = list(pool.map(partial(_row, out, seed), range(len(lengths)), lengths, chunksize=8))
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, _SCHEMA), out / LIST)
    return len(rows)


def line(seconds: float, rng: Random) -> NDArray[np.int16]:
    """What is heard of a line on which nobody speaks: (samples,) int16 at 8 kHz."""
    made = sum(_levelled(rng.choice(SOUNDS), int(seconds * RATE), rng) for _ in range(1 + (rng.random() < MIXED)))
    samples = np.asarray(made, np.float64)
    if rng.random() < OVER_THE_TELEPHONE:
        return telephone(samples, rng).pcm
    y = soxr.resample(samples, RATE, TELEPHONE)
    pcm = np.round(y / np.abs(y).max() * 32767 * 10 ** rng.uniform(-2.5, -0.05))
    return through(pcm.astype(np.int16), likely(rng))


def _levelled(sound: Sound, count: int, rng: Random) -> NDArray[np.float64]:
    y = sound(count, rng)
    return np.asarray(y / (y.std() + 1e-9) * 10 ** rng.uniform(-1, 0))


def _row(out: Path, seed: int, number: int, seconds: float) -> dict[str, Any]:
    name = f"{SPEAKER}-{number:04d}"
    soundfile.write(out / f"{name}.wav", line(seconds, Random(f"{seed}/{name}")), TELEPHONE)
    return {
        "file": f"{name}.wav",
        "class": "none",
        "speaker": SPEAKER,
        "template": name,
        "split": "train",
        "words": [],
    }
