"""Voice activity: speech is told from silence, and a window's answer does not depend on its neighbours."""

from functools import cache

import numpy as np
import pytest

from diktor.audio.decode import blocks
from diktor.audio.vad import VoiceActivity
from tests.support.processes import ROOT

LENGTH = 40_000


@cache
def detector() -> VoiceActivity:
    return VoiceActivity()


@pytest.fixture(scope="module")
def windows() -> list[np.ndarray]:
    """Some speech, some of a channel that mostly listens, silence."""
    pcm = np.concatenate(list(blocks(ROOT / "assets" / "calls" / "call-02.mp3")), axis=1)
    cut = [row[start : start + LENGTH] for row in pcm for start in range(0, 6 * LENGTH, LENGTH)]
    return [*cut, np.zeros(LENGTH, np.int16)]


def test_side_by_side_every_window_has_the_answer_it_has_alone(windows: list[np.ndarray]) -> None:
    together = detector().probabilities(np.stack(windows))
    for place, pcm in enumerate(windows):
        np.testing.assert_array_equal(together[place], detector().probabilities(pcm[None])[0])
    assert detector().speech_ms_of(windows) == [detector().speech_ms(pcm) for pcm in windows]


def test_speech_is_told_from_silence_and_noise(windows: list[np.ndarray]) -> None:
    operator = detector().speech_ms_of(windows[:6])
    assert min(operator) > 1000
    noise = (np.random.default_rng(0).standard_normal(LENGTH) * 300).astype(np.int16)
    assert detector().speech_ms(noise) < 250
    assert detector().speech_ms(np.zeros(LENGTH, np.int16)) == 0


def test_no_more_speech_than_there_is_audio() -> None:
    pcm = np.concatenate(list(blocks(ROOT / "assets" / "calls" / "call-02.mp3")), axis=1)[0, 4000:8000]
    assert 0 <= detector().speech_ms(pcm) <= 500
