"""Where a release is most wrong on a corpus: windows in the order of how far their score is from what they hold."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diktor.audio.grid import Window
from diktor.audio.vad import LEAST_MS
from diktor.learning.calibration import placed
from diktor.learning.calls import Call, Scored, truth
from diktor.learning.in_service import cut
from diktor.releases import Release
from diktor.rows import Span
from diktor.scoring.combine import combine
from diktor.scoring.evidence import spans
from diktor.scoring.parameters import parameters


class Judged(NamedTuple):
    """A window with speech and one defect: its probability, whether it holds the defect, where it was heard."""

    call: Call
    window: Window
    defect: str
    probability: float
    holds: bool
    evidence: tuple[Span, ...]
    length_ms: int

    @property
    def wrong(self) -> float:
        """0: sure and right; 1: sure and wrong. Above a half it is a mistake."""
        return 1.0 - self.probability if self.holds else self.probability

    @property
    def kind(self) -> str:
        """Which mistake it is, if it is one."""
        return "right" if self.wrong < 0.5 else "miss" if self.holds else "false alarm"

    @property
    def pcm(self) -> NDArray[np.int16]:
        """What was heard: (samples,) int16, 8 kHz."""
        return cut(self.call.pcm, self.window.start_ms, self.length_ms)

    @property
    def text(self) -> str:
        """The words whose middle lies in the window."""
        start, end = self.window.start_ms / 1000, self.window.end_ms / 1000
        return " ".join(word.word for word in self.call.words if start <= (word.start + word.end) / 2 < end)


def judged(scored: Sequence[Scored], release: Release) -> list[Judged]:
    """Every window with speech and every defect, the worst first; none of calls of which nobody knows the places."""
    wanted = parameters(release)
    found = []
    for item in scored:
        for heard in item.windows if placed(item.call) else ():
            if heard.speech_ms < LEAST_MS:
                continue
            scores, window = combine(*heard.outputs, wanted), heard.window
            holds = truth(item.call, window, release.taxonomy).defects
            for place, defect in enumerate(release.defects):
                where = spans(scores.frames[:, place], defect.evidence, window.start_ms, window.end_ms)
                probability = float(scores.probability[place])
                found.append(
                    Judged(item.call, window, defect.name, probability, holds[place] > 0, where, release.length_ms)
                )
    return sorted(found, key=lambda item: -item.wrong)
