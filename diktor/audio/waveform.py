"""How loud a recording is over time, small enough to draw: one number a stretch and channel."""

from itertools import pairwise
from pathlib import Path

import numpy as np

BUCKETS = 800
"""Stretches of equal length that a recording is cut into: about the pixels of a page."""


def peaks(pcm: Path, channels: int, buckets: int = BUCKETS) -> list[list[int]]:
    """(channels, up to `buckets`) loudest sample of each stretch in percent of full scale.

    `pcm` holds (samples, channels) int16 as `audio.isolated` writes it; it is read piece by piece.
    """
    samples = pcm.stat().st_size // (2 * channels)
    if samples == 0:
        return [[] for _ in range(channels)]
    data = np.memmap(pcm, np.int16, "r", shape=(samples, channels))
    edges = np.linspace(0, samples, min(buckets, samples) + 1).astype(int)
    loudest = [np.abs(data[first:last].astype(np.int32)).max(axis=0) for first, last in pairwise(edges)]
    found: list[list[int]] = np.ceil(np.stack(loudest).T * (100 / 32768)).astype(int).tolist()
    return found
