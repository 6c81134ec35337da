"""Where in a window a defect was heard: spans of frames over the release's evidence threshold."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from diktor.releases import FRAME_MS
from diktor.rows import Span

SHORTEST_MS = 40
"""A span below two frames is noise."""

JOINED_MS = 100
"""Spans closer than this are one."""


def spans(frames: NDArray[np.float32], threshold: float, start_ms: int, end_ms: int) -> tuple[Span, ...]:
    """Evidence spans of one defect in one window.

    Args:
        frames: (T,) evidence in 0..1, frames of 20 ms from `start_ms`.
        threshold: frames at least this strong count.
        start_ms: the window's start in the call.
        end_ms: its end; frames after it are padding.
    """
    strong = np.flatnonzero(frames[: -(-(end_ms - start_ms) // FRAME_MS)] >= threshold)
    if not len(strong):
        return ()
    runs = np.split(strong, np.flatnonzero(np.diff(strong) * FRAME_MS > JOINED_MS) + 1)
    found = (
        Span(
            start_ms + int(run[0]) * FRAME_MS,
            min(start_ms + (int(run[-1]) + 1) * FRAME_MS, end_ms),
            round(float(frames[run].max()), 3),
        )
        for run in runs
    )
    return tuple(span for span in found if span.end_ms - span.start_ms >= SHORTEST_MS)


def joined(found: Iterable[Span]) -> tuple[Span, ...]:
    """Spans of overlapping windows put together: in order, none closer than `JOINED_MS` to the next."""
    result: list[Span] = []
    for span in sorted(found):
        if result and span.start_ms - result[-1].end_ms <= JOINED_MS:
            last = result.pop()
            span = Span(last.start_ms, max(last.end_ms, span.end_ms), max(last.score, span.score))
        result.append(span)
    return tuple(result)
