import matplotlib
import numpy as np
from matplotlib.figure import Figure

from diktor.learning.corpus.clips import Mark, Stutter
from diktor.learning.inspection.pictures import DEFECTIVE, RANGE, draw, spectrogram
from diktor.rows import Span


def test_a_tone_is_a_line_at_its_pitch() -> None:
    time = np.arange(8000) / 8000
    found = spectrogram((8000 * np.sin(2 * np.pi * 1000 * time)).astype(np.int16))
    middle = found.decibels[:, len(found.seconds) // 2]
    assert found.hertz[middle.argmax()] == 1000
    assert middle[np.abs(found.hertz - 1000) > 300].max() < -40
    assert found.seconds[-1] == 1.0


def test_silence_has_a_picture_too() -> None:
    assert (spectrogram(np.zeros(8000, np.int16)).decibels == -RANGE).all()


def test_labels_and_evidence_stand_where_they_are() -> None:
    axes = Figure().subplots()
    marks = [Mark("р", 2.5, 2.6, True, "uvular", 0), Mark("г", 9.0, 9.1, True, "", 1)]
    draw(axes, np.zeros(8000, np.int16), marks, [Stutter(1.0, 2.2, "block")], [Span(2500, 2600, 0.9)], start_s=2.0)
    assert [(text.get_text(), text.get_color()) for text in axes.texts] == [("р", DEFECTIVE)]
    letter, stutter = (patch.get_extents().transformed(axes.transData.inverted()) for patch in axes.patches)
    np.testing.assert_allclose((letter.x0, letter.x1, stutter.x0, stutter.x1), (2.5, 2.6, 2.0, 2.2))
    (line,) = axes.lines
    assert list(line.get_xdata()) == [2.5, 2.6]
    assert matplotlib.colors.same_color(axes.patches[0].get_facecolor()[:3], DEFECTIVE)
