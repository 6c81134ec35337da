"""Evidence spans: where frames are strong, joined over small gaps and over windows."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diktor.rows import Span
from diktor.scoring.evidence import JOINED_MS, SHORTEST_MS, joined, spans

frames = st.lists(st.floats(0, 1, width=32), min_size=250, max_size=250).map(lambda x: np.array(x, np.float32))


def test_strong_frames_become_one_span_over_a_small_gap() -> None:
    values = np.zeros(250, np.float32)
    values[[10, 11, 12, 15, 16]] = 0.8
    values[13] = 0.3
    values[100] = 0.9  # a single frame is noise
    assert spans(values, 0.5, 4000, 9000) == (Span(4200, 4340, 0.8),)


@given(frames, st.floats(0.1, 0.9))
def test_spans_lie_in_the_window_in_order_and_apart(values: np.ndarray, threshold: float) -> None:
    found = spans(values, threshold, 4000, 8500)
    assert all(4000 <= a.start_ms < a.end_ms <= 8500 and a.score >= threshold - 1e-3 for a in found)
    assert all(span.end_ms - span.start_ms >= SHORTEST_MS for span in found)
    assert all(b.start_ms - a.end_ms > JOINED_MS - 20 for a, b in itertools.pairwise(found))


def test_the_same_sound_in_two_windows_is_one_span() -> None:
    first, second = Span(4100, 4200, 0.6), Span(4120, 4240, 0.9)
    assert joined([second, Span(9000, 9100, 0.7), first]) == (Span(4100, 4240, 0.9), Span(9000, 9100, 0.7))
