"""A channel in this process as in service: the same grid, the same gate, the same rows."""

import numpy as np
from numpy.typing import NDArray

from diktor.audio.vad import LEAST_MS, VoiceActivity
from diktor.learning.ensemble import Ensemble
from diktor.releases import RATE, Release
from diktor.rows import WindowRow
from diktor.scoring.windows import window_row


def cut(pcm: NDArray[np.int16], start_ms: int, length_ms: int) -> NDArray[np.int16]:
    """A window of a channel, zeros after its end: (samples,) int16 at 8 kHz."""
    window = np.zeros(length_ms * RATE // 1000, np.int16)
    piece = pcm[start_ms * RATE // 1000 :][: len(window)]
    window[: len(piece)] = piece
    return window


def rows_of(
    pcm: NDArray[np.int16], call: str, channel: str, ensemble: Ensemble, activity: VoiceActivity, release: Release
) -> list[WindowRow]:
    """The rows of a channel of (samples,) int16 at 8 kHz, in order."""
    rows = []
    for window in release.grid.windows(len(pcm) * 1000 // RATE):
        piece = cut(pcm, window.start_ms, release.length_ms)
        speech_ms = activity.speech_ms(piece)
        scores = ensemble.score(piece) if speech_ms >= LEAST_MS else None
        rows.append(window_row(call, channel, window, speech_ms, scores, release))
    return rows
