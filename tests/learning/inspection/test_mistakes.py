"""The worst windows come first, and are what the labels and the scores say."""

import numpy as np
import pytest

from diktor.audio.grid import Grid
from diktor.defects import DEFAULT, NAMES
from diktor.learning.calibration import trial_release
from diktor.learning.calls import Call, Heard, Scored
from diktor.learning.corpus.clips import ClipWord, Mark
from diktor.learning.ensemble import MemberOutputs
from diktor.learning.inspection.mistakes import judged
from diktor.releases import DefectCalibration, Release

FRAMES = 250


@pytest.fixture
def release() -> Release:
    return trial_release(tuple(DefectCalibration(name) for name in NAMES), ("member",), DEFAULT)


def _outputs(rhotacism: float) -> MemberOutputs:
    """One р in the middle of the window that sounds so much like rhotacism; nothing else."""
    markers = np.zeros((1, FRAMES, 2), np.float32)
    markers[0, 120:125, 0] = 0.2
    logits = np.full((1, FRAMES, 3), -8, np.float32)
    logits[0, 110:135, 0] = rhotacism
    return MemberOutputs(markers, logits, logits)


def _scored(*, defective: bool, heard: tuple[float, ...]) -> Scored:
    windows = Grid().windows(4000 * len(heard) + 1000)
    marks = tuple(
        Mark("р", w.start_ms / 1000 + 2.4, w.start_ms / 1000 + 2.5, defective, "uvular", k)
        for k, w in enumerate(windows)
    )
    words = tuple(ClipWord(f"рука{k}", mark.start, mark.end + 0.2, False) for k, mark in enumerate(marks))
    pcm = np.arange(windows[-1].end_ms * 8, dtype=np.int16)
    call = Call("call", "rhotacism" if defective else "healthy", pcm, words, marks, ())
    return Scored(call, tuple(Heard(w, 3000, _outputs(x)) for w, x in zip(windows, heard, strict=True)))


def test_the_surest_mistakes_come_first(release: Release) -> None:
    found = judged([_scored(defective=True, heard=(-9.0, 9.0)), _scored(defective=False, heard=(-9.0, 9.0))], release)
    assert len(found) == 4 * len(NAMES)
    assert {item.kind for item in found[:2]} == {"false alarm", "miss"}
    assert {item.kind for item in found[2:]} == {"right"}
    assert [item.wrong for item in found] == sorted((item.wrong for item in found), reverse=True)
    miss = next(item for item in found if item.kind == "miss")
    assert (miss.defect, miss.window.index, miss.text) == ("rhotacism", 0, "рука0")
    alarm = next(item for item in found if item.kind == "false alarm")
    assert (alarm.defect, alarm.window.index, alarm.text) == ("rhotacism", 1, "рука1")
    (span,) = alarm.evidence
    assert 4000 + 2000 < span.start_ms < 4000 + 2500 < span.end_ms < 4000 + 3000
    np.testing.assert_array_equal(alarm.pcm, alarm.call.pcm[32_000:72_000])


def test_a_window_without_speech_is_no_mistake(release: Release) -> None:
    scored = _scored(defective=True, heard=(9.0,))
    silent = Scored(scored.call, (scored.windows[0]._replace(speech_ms=0),))
    assert judged([silent], release) == []
