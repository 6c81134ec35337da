"""Windows that come while the thread is at work share its next batch, and each has its own answer."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from diktor.audio.activity import LARGEST, Activity


class Detector:
    """Answers with a window's first sample; remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def speech_ms_of(self, windows: Sequence[np.ndarray]) -> list[int]:
        self.batches.append(len(windows))
        if any(pcm[0] < 0 for pcm in windows):
            raise ValueError("no window")
        return [int(pcm[0]) for pcm in windows]


@pytest.fixture
def detector() -> Detector:
    return Detector()


@pytest.fixture
def activity(detector: Detector) -> Activity:
    activity = Activity()
    activity._detector = detector  # type: ignore[assignment]
    return activity


async def test_everybody_gets_the_own_answer_in_few_batches(activity: Activity, detector: Detector) -> None:
    asked = [np.full(10, number, np.int16) for number in range(3 * LARGEST)]
    assert await asyncio.gather(*map(activity.speech_ms, asked)) == list(range(3 * LARGEST))
    assert max(detector.batches) <= LARGEST
    assert len(detector.batches) <= 4
    activity.close()


async def test_alone_a_window_waits_for_nobody(activity: Activity, detector: Detector) -> None:
    for number in (1, 2):
        assert await asyncio.wait_for(activity.speech_ms(np.full(10, number, np.int16)), 5) == number
    assert detector.batches == [1, 1]
    activity.close()


async def test_a_failure_reaches_its_callers_and_the_next_ones_are_served(activity: Activity) -> None:
    with pytest.raises(ValueError, match="no window"):
        await activity.speech_ms(np.full(10, -1, np.int16))
    assert await activity.speech_ms(np.full(10, 7, np.int16)) == 7
    activity.close()


async def test_one_that_was_given_up_disturbs_nobody(activity: Activity) -> None:
    asked = [asyncio.create_task(activity.speech_ms(np.full(10, number, np.int16))) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    asked[1].cancel()
    assert await asked[0] == 1
    assert await asked[2] == 3
    activity.close()
