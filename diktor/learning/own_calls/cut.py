"""Exactly the windows that were judged, cut out of a recording as the scorer heard them."""

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diktor.audio.decode import blocks
from diktor.files import draft
from diktor.learning.corpus.pieces import LEAST, SILENT
from diktor.learning.own_calls.judged import Judged
from diktor.releases import RATE

PER_MS = RATE // 1000


def cut(recording: Path, wanted: Sequence[Judged], max_seconds: float) -> list[NDArray[np.int16]]:
    """Each window's samples: (samples,) int16, mono, 8 kHz. The recording is read once, and never held whole.

    Raises:
        AudioError: it cannot be decoded.
    """
    parts: list[list[NDArray[np.int16]]] = [[] for _ in wanted]
    places = [item.call.recording.channels.index(item.channel) for item in wanted]
    at = 0
    for block in blocks(recording, max_seconds):
        for part, place, item in zip(parts, places, wanted, strict=True):
            first, last = max(0, item.start_ms * PER_MS - at), min(block.shape[1], item.end_ms * PER_MS - at)
            if first < last:
                part.append(block[place, first:last].copy())
        at += block.shape[1]
    return [np.concatenate(part) if part else np.empty(0, np.int16) for part in parts]


def complaint(pcm: NDArray[np.int16]) -> str:
    """Why a corpus would not take it; "" if it would."""
    if len(pcm) < LEAST:
        return f"it is too short: {len(pcm) / RATE:.2f} s"
    return "" if np.abs(pcm.astype(np.int32)).max() > SILENT else "it is silent"


def write(pcm: NDArray[np.int16], target: Path) -> None:
    """As WAV: what is read from it is the same to the bit."""
    with draft(target) as path, wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm.astype("<i2").tobytes())
