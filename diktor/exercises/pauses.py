"""Cuts a recording at pauses: a text said several times in a row Whisper hears as said once, if it hears it whole."""

import numpy as np
from numpy.typing import NDArray

from diktor.audio.vad import CHUNK, SILENCE, SPEECH, VoiceActivity
from diktor.releases import RATE

PAUSE_MS = 160
"""Silence of this length may be a place to cut at."""

MARGIN_MS = 100
"""Around speech so much is kept: voice activity begins late."""

STEP_MS = CHUNK * 1000 // RATE


def stretches(pcm: NDArray[np.int16], voice: VoiceActivity) -> list[tuple[int, int]]:
    """Stretches of speech in (samples,) at 8 kHz, in milliseconds; with a shorter pause between them they are one."""
    if not pcm.any():
        return []
    found: list[list[int]] = []
    speaking = False
    for step, probability in enumerate(voice.probabilities(pcm[None])[0]):
        speaking = bool(probability >= (SILENCE if speaking else SPEECH))
        if not speaking:
            continue
        start, end = step * STEP_MS, (step + 1) * STEP_MS
        if found and start - found[-1][1] < PAUSE_MS:
            found[-1][1] = end
        else:
            found.append([start, end])
    return [(start, end) for start, end in found]


def pieces(speech: list[tuple[int, int]], least_ms: float, duration_ms: int) -> list[tuple[int, int]]:
    """Stretches put together to pieces of at least `least_ms`, as far as there is so much; none is cut in two."""
    joined: list[tuple[int, int]] = []
    for start, end in speech:
        if joined and joined[-1][1] - joined[-1][0] < least_ms:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    if len(joined) > 1 and joined[-1][1] - joined[-1][0] < least_ms / 2:
        (start, _), (_, end) = joined[-2:]
        joined[-2:] = [(start, end)]
    return [(max(0, start - MARGIN_MS), min(end + MARGIN_MS, duration_ms)) for start, end in joined]
