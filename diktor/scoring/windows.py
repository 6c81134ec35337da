"""From a window's scores to its row: the same for the scorer, single checks and evaluation."""

from datetime import datetime

from diktor.audio.grid import Window
from diktor.releases import Release
from diktor.rows import WindowRow
from diktor.scoring.combine import Scores
from diktor.scoring.evidence import spans
from diktor.stamp import NEVER, stamp


def window_row(
    call_id: str,
    channel: str,
    window: Window,
    speech_ms: int,
    scores: Scores | None,
    release: Release,
    after: datetime = NEVER,
) -> WindowRow:
    """The row of one window, newer than `after`; `scores` None: it holds no speech worth scoring."""
    return WindowRow(
        call_id=call_id,
        channel=channel,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        speech_ms=speech_ms,
        probability=() if scores is None else tuple(round(float(p), 6) for p in scores.probability),
        markers=() if scores is None else tuple(round(float(m), 3) for m in scores.markers.sum(0)),
        evidence=()
        if scores is None
        else tuple(
            spans(scores.frames[:, place], defect.evidence, window.start_ms, window.end_ms)
            for place, defect in enumerate(release.defects)
        ),
        release=release.number,
        scored_at=stamp(after),
    )
