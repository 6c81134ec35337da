"""A recording scored in this process as in service: the same grid, the same gate, the same rows, the same verdicts."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.audio.decode import blocks
from diktor.audio.vad import LEAST_MS, VoiceActivity
from diktor.learning.ensemble import Ensemble
from diktor.releases import RATE, Release
from diktor.rows import ChannelVerdict, WindowRow
from diktor.scoring.verdict import verdicts
from diktor.scoring.windows import window_row

CHANNELS = {1: ("mixed",), 2: ("operator", "customer")}


class Listened(NamedTuple):
    """`pcm` (samples,) int16 at 8 kHz by channel, its windows' rows in order, its verdicts."""

    pcm: dict[str, NDArray[np.int16]]
    rows: tuple[WindowRow, ...]
    verdicts: tuple[ChannelVerdict, ...]


def listen(recording: Path, ensemble: Ensemble, release: Release) -> Listened:
    """Score a recording of any codec, mono or stereo.

    Raises:
        AudioError: it is no audio.
    """
    samples = np.concatenate(list(blocks(recording)), axis=1)
    pcm = dict(zip(CHANNELS[len(samples)], samples, strict=True))
    activity = VoiceActivity()
    rows = tuple(
        row
        for name, channel in pcm.items()
        for row in _rows(recording.stem, name, channel, ensemble, activity, release)
    )
    return Listened(pcm, rows, verdicts(rows, release))


def cut(pcm: NDArray[np.int16], start_ms: int, length_ms: int) -> NDArray[np.int16]:
    """A window of a channel, zeros after its end: (samples,) int16."""
    window = np.zeros(length_ms * RATE // 1000, np.int16)
    piece = pcm[start_ms * RATE // 1000 :][: len(window)]
    window[: len(piece)] = piece
    return window


def _rows(
    call: str,
    channel: str,
    pcm: NDArray[np.int16],
    ensemble: Ensemble,
    activity: VoiceActivity,
    release: Release,
) -> list[WindowRow]:
    rows = []
    for window in release.grid.windows(len(pcm) * 1000 // RATE):
        piece = cut(pcm, window.start_ms, release.length_ms)
        speech_ms = activity.speech_ms(piece)
        scores = ensemble.score(piece) if speech_ms >= LEAST_MS else None
        rows.append(window_row(call, channel, window, speech_ms, scores, release))
    return rows
