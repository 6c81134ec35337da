import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile

from diktor.errors import AudioError
from diktor.learning.corpus.pieces import LEAST, LONGEST, SHORTEST, SILENT, cut, heard
from diktor.releases import RATE


def _tone(seconds: float, hertz: float = 300.0) -> np.ndarray:
    return np.asarray(np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE) * 8000, np.int16)


def _wav(path: Path, *channels: np.ndarray) -> Path:
    soundfile.write(path, np.stack(channels, 1), RATE, subtype="PCM_16")
    return path


def test_a_short_recording_stays_whole() -> None:
    assert cut(_tone(25)) == [(0, LONGEST)]


@pytest.mark.parametrize("seconds", [25.1, 26.0, 50.2, 61.0, 200.0])
def test_pieces_cover_a_recording_and_are_none_too_long(seconds: float) -> None:
    pcm = (np.random.default_rng(0).normal(size=int(seconds * RATE)) * 3000).astype(np.int16)
    found = cut(pcm)
    assert found[0][0] == 0
    assert found[-1][1] == len(pcm)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(found))
    assert all(end - start <= LONGEST for start, end in found)
    assert all(end - start >= SHORTEST for start, end in found[:-1])


def test_a_cut_is_where_it_is_quiet() -> None:
    pcm = _tone(40)
    pcm[17 * RATE : 17 * RATE + RATE // 2] //= 50
    (_, at), _ = cut(pcm)
    assert 17.0 <= at / RATE <= 17.5


def test_both_channels_are_taken_the_named_one_alone_and_the_same_sound_once(tmp_path: Path) -> None:
    one, other = _tone(1), _tone(1, 700)
    stereo = _wav(tmp_path / "stereo.wav", one, other)
    assert sorted(heard(stereo, "stereo", None)) == [0, 1]
    np.testing.assert_array_equal(heard(stereo, "stereo", 1)[1], other)
    assert list(heard(_wav(tmp_path / "same.wav", one, one), "same", None)) == [0]
    assert list(heard(_wav(tmp_path / "half.wav", one * 0, other), "half", None)) == [1]


@pytest.mark.parametrize(
    ("pcm", "channel", "says"),
    [
        (_tone((LEAST - 1) / RATE), None, "too short"),
        (_tone(1) * 0 + SILENT, None, "silent"),
        (_tone(1), 1, "no channel 1"),
    ],
)
def test_what_cannot_be_heard_is_refused(tmp_path: Path, pcm: np.ndarray, channel: int | None, says: str) -> None:
    with pytest.raises(AudioError, match=says):
        heard(_wav(tmp_path / "a.wav", pcm), "a", channel)
