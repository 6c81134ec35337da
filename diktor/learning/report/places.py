"""Where: evidence in windows against the true places of defective sounds and stutters."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diktor.defects import Defect, Taxonomy
from diktor.learning.calibration import placed
from diktor.learning.calls import Call, Scored
from diktor.learning.report import measures
from diktor.learning.report.bootstrap import Draws, Figure
from diktor.learning.report.document import Localisation
from diktor.rows import Span, WindowRow

FARTHEST_MS = 500
"""A span farther from a sound is not of it."""

CLOSE_MS = 150


class _Sound(NamedTuple):
    start_ms: float
    end_ms: float

    @property
    def middle_ms(self) -> float:
        return (self.start_ms + self.end_ms) / 2


def localisation(
    scored: Sequence[Scored], rows: Sequence[Sequence[WindowRow]], place: int, draws: Draws, taxonomy: Taxonomy
) -> Localisation:
    """A defect's evidence, window by window; a sound is a window's if its middle is in it."""
    call, apart, false = [], [], np.zeros(len(scored))
    hours = np.zeros(len(scored))
    for number, (item, own) in enumerate(zip(scored, rows, strict=True)):
        known = sounds(item.call, taxonomy.defects[place])
        for row in own if placed(item.call) else ():
            spans = row.evidence[place] if row.evidence else ()
            inside = [sound for sound in known if row.start_ms <= sound.middle_ms < row.end_ms]
            apart += [_nearest(sound, spans) for sound in inside]
            call += [number] * len(inside)
            false[number] += sum(not _explained(span, known) for span in spans)
            hours[number] += row.speech_ms / 3.6e6
    distance, who = np.array(apart), np.array(call, np.int64)
    found = distance <= FARTHEST_MS
    every = np.arange(len(scored))
    near, of = distance[found], who[found]
    return Localisation(
        sounds=len(distance),
        found=draws.figure(who, measures.share(found)),
        median_ms=_whole(draws.figure(of, measures.quantile(near, 0.5))),
        p90_ms=_whole(draws.figure(of, measures.quantile(near, 0.9))),
        within_150_ms=draws.figure(of, measures.share(near <= CLOSE_MS)),
        within_150_ms_of_all=draws.figure(who, measures.share(distance <= CLOSE_MS)),
        false_spans_per_hour=draws.figure(every, measures.ratio(false, hours)),
    )


def sounds(call: Call, defect: Defect) -> list[_Sound]:
    """Defective sounds of a call, or its stutters."""
    if defect.letter is None:
        return [_Sound(1000 * item.start, 1000 * item.end) for item in call.stutters]
    return [_Sound(1000 * m.start, 1000 * m.end) for m in call.marks if m.defective and m.letter == defect.letter]


def _nearest(sound: _Sound, spans: Sequence[Span]) -> float:
    """Milliseconds between the middles; infinite where no span comes near the sound."""
    return min(
        (abs((span.start_ms + span.end_ms) / 2 - sound.middle_ms) for span in spans),
        default=float("inf"),
    )


def _explained(span: Span, known: Sequence[_Sound]) -> bool:
    """Whether a span overlaps a defective sound, or comes close to one."""
    return any(span.start_ms - CLOSE_MS < sound.end_ms and sound.start_ms < span.end_ms + CLOSE_MS for sound in known)


def _whole(figure: Figure) -> Figure:
    return Figure(*(None if value is None else round(value) for value in (figure.value, figure.low, figure.high)))
