"""False spans per hour: spans of overlapping windows are one, hours are hours of speech."""

import numpy as np
import pytest

from diktor.audio.grid import Window
from diktor.learning.alarm_rate import Strength, spans_per_hour


def window(start_ms: int, at_ms: int | None) -> Strength:
    """A window of the call, all speech, with 100 ms of evidence of .6 at a time of the call."""
    frames = np.zeros(250, np.float32)
    if at_ms is not None:
        first = (at_ms - start_ms) // 20
        frames[first : first + 5] = 0.6
    return Strength(Window(start_ms // 4000, start_ms, start_ms + 5000), 5000, frames)


def test_spans_are_counted_once_and_by_the_hour_of_speech() -> None:
    calls = [[window(0, 4500), window(4000, 4500)], [window(0, None)]]
    assert spans_per_hour(calls, 0.5, 0.8) == pytest.approx(1 / 14_000 * 3_600_000)
    assert spans_per_hour(calls, 0.7, 0.8) == 0.0


def test_no_speech_has_no_false_alarms() -> None:
    assert spans_per_hour([], 0.5, 0.8) == 0.0
