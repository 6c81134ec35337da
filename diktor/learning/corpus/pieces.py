"""A recording of any length becomes pieces that a corpus can hold, cut where it is quiet."""

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diktor.audio.decode import blocks
from diktor.errors import AudioError
from diktor.releases import RATE

LONGEST, SHORTEST = 25 * RATE, 10 * RATE
"""Samples of a piece of a long recording; the last piece may be shorter."""

LEAST = RATE // 2
"""A shorter recording says nothing."""

TAIL = 2 * RATE
"""A cut leaves at least so much."""

QUIET = RATE // 5
"""Samples over which it is to be quiet where a cut is made."""

SILENT = 33
"""A channel whose loudest sample is no louder (−60 dB) holds no voice."""


def heard(path: Path, name: str, channel: int | None) -> dict[int, NDArray[np.int16]]:
    """The channels that are taken: (samples,) int16 at 8 kHz by number.

    The one that is asked for, else every one with sound in it, the same sound only once.

    Raises:
        AudioError: it cannot be decoded, lacks the channel, is too short or silent.
    """
    pcm = np.concatenate(list(blocks(path, name=name)), axis=1)
    if pcm.shape[1] < LEAST:
        raise AudioError(f"it is too short: {pcm.shape[1] / RATE:.2f} s of at least {LEAST / RATE:g}")
    if channel is not None and channel >= len(pcm):
        raise AudioError(f"it has no channel {channel}")
    wanted = range(len(pcm)) if channel is None else (channel,)
    found = {number: pcm[number] for number in wanted if np.abs(pcm[number].astype(np.int32)).max() > SILENT}
    if not found:
        raise AudioError("it is silent")
    if len(found) == 2 and np.array_equal(*found.values()):
        del found[1]
    return found


def cut(pcm: NDArray[np.int16]) -> list[tuple[int, int]]:
    """Where each piece of (samples,) begins and ends: of 10 to 25 s, cut in the quietest 200 ms that allow it."""
    edges = [0]
    while len(pcm) - edges[-1] > LONGEST:
        first = edges[-1] + SHORTEST
        last = min(edges[-1] + LONGEST, len(pcm) - TAIL)
        energy = np.concatenate([[0.0], np.cumsum(pcm[first:last].astype(np.float64) ** 2)])
        quietest = int(np.argmin(energy[QUIET:] - energy[:-QUIET]))
        edges.append(first + quietest + QUIET // 2)
    return list(pairwise([*edges, len(pcm)]))


def signal_to_noise(pcm: NDArray[np.int16]) -> float:
    """About how far speech stands above what is under it, in dB: loud frames of 20 ms against quiet ones."""
    frames = pcm[: len(pcm) // 160 * 160].reshape(-1, 160).astype(np.float64)
    level = 10 * np.log10((frames**2).mean(1) + 1.0)
    return round(float(np.percentile(level, 90) - np.percentile(level, 10)), 1)
