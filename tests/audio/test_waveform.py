"""What is drawn of a recording: the loudest moment of each stretch, per channel."""

from pathlib import Path

import numpy as np

from diktor.audio.waveform import peaks


def test_each_stretch_has_its_loudest_sample_by_channel(tmp_path: Path) -> None:
    pcm = np.zeros((1000, 2), np.int16)
    pcm[150, 0], pcm[990, 1] = -32768, 16384
    (tmp_path / "pcm").write_bytes(pcm.tobytes())
    assert peaks(tmp_path / "pcm", 2, 10) == [[0, 100, *[0] * 8], [*[0] * 9, 50]]


def test_a_recording_shorter_than_the_picture_has_fewer_stretches(tmp_path: Path) -> None:
    (tmp_path / "pcm").write_bytes(np.full((3, 1), 3277, np.int16).tobytes())
    assert peaks(tmp_path / "pcm", 1, 10) == [[11, 11, 11]]
    (tmp_path / "pcm").write_bytes(b"")
    assert peaks(tmp_path / "pcm", 1, 10) == [[]]
