"""How often healthy speech is shown as evidence, by threshold."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.audio.grid import Window
from diktor.scoring.evidence import joined, spans

HOUR_MS = 3_600_000


class Strength(NamedTuple):
    """A window of a call, milliseconds of speech in it, and how strong a defect's evidence (T,) is in its frames."""

    window: Window
    speech_ms: int
    frames: NDArray[np.float32]


def spans_per_hour(calls: Sequence[Sequence[Strength]], threshold: float, hop_share: float) -> float:
    """Evidence spans per hour of speech in these calls; windows overlap and count `hop_share` of their speech."""
    shown, speech = 0, 0.0
    for call in calls:
        found = (
            span for window, _, frames in call for span in spans(frames, threshold, window.start_ms, window.end_ms)
        )
        shown += len(joined(found))
        speech += sum(item.speech_ms * hop_share for item in call[:-1]) + sum(item.speech_ms for item in call[-1:])
    return shown / speech * HOUR_MS if speech else 0.0
