"""What is judged, as columns: a defect's windows, words or calls with score, label, and what they are told apart by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diktor.audio.vad import LEAST_MS
from diktor.defects import Taxonomy
from diktor.learning.calibration import holds, placed
from diktor.learning.calls import Scored, truth
from diktor.learning.concordance import Flags
from diktor.learning.evaluation import window_words
from diktor.learning.report import traits
from diktor.learning.report.bootstrap import Floats, Places
from diktor.rows import ChannelVerdict
from diktor.scoring.combine import uncalibrated
from diktor.scoring.parameters import neutral

Level = Literal["call", "window", "word"]

Labels = NDArray[np.str_]


@dataclass(frozen=True)
class Rows:
    """(n,) each: the call by its place, the score, whether it is defective, whether its call is healthy, its traits.

    Scores of windows and words are logits before calibration, those of calls risks.
    """

    call: Places
    score: Floats
    target: Flags
    healthy: Flags
    traits: dict[str, Labels]

    def where(self, chosen: Flags) -> "Rows":
        """Some of the rows."""
        return Rows(
            self.call[chosen],
            self.score[chosen],
            self.target[chosen],
            self.healthy[chosen],
            {name: values[chosen] for name, values in self.traits.items()},
        )

    def against_healthy(self) -> "Rows":
        """Defective rows, and those of healthy calls."""
        return self.where(self.target | self.healthy)

    def in_group(self, trait: str, group: str) -> "Rows":
        """A group's rows. Of a severity: the defective ones that are so severe, and all that are not defective."""
        chosen = self.traits[trait] == group
        return self.where(chosen | ~self.target if trait == "severity" else chosen)

    def groups(self, trait: str) -> list[str]:
        """Names of the groups there are; rows without one are in none."""
        return sorted({str(name) for name in self.traits.get(trait, ())} - {""})


_Line = tuple[int, float, bool, bool, dict[str, str]]


def window_rows(scored: Sequence[Scored], place: int, taxonomy: Taxonomy) -> Rows:
    """Windows with speech in which the defect could be heard."""
    lines: list[_Line] = []
    defect, letter, plain = taxonomy.defects[place], taxonomy.letter_index(place), neutral(taxonomy)
    for number, item in enumerate(scored):
        parts = traits.stretches(item.call)
        for heard in item.windows if placed(item.call) else ():
            known = truth(item.call, heard.window, taxonomy)
            if heard.speech_ms < LEAST_MS or (letter is not None and not known.markers[letter]):
                continue
            bad = known.defects[place] > 0
            found = traits.of_window(parts, heard.window)
            found["severity"] = traits.severity(item.call, heard.window, defect) if bad else ""
            logit = float(uncalibrated(*heard.outputs, plain)[0][place])
            lines.append((number, logit, bad, item.call.version == "healthy", found))
    return _columns(lines)


def word_rows(scored: Sequence[Scored], place: int, taxonomy: Taxonomy) -> Rows:
    """Words with the letter, defective or of healthy calls, as the local heads heard them; none without a letter.

    The severity of a defective word is the kind of its sound.
    """
    lines: list[_Line] = []
    letter = taxonomy.defects[place].letter
    for number, item in enumerate(scored if letter else ()):
        parts = traits.stretches(item.call)
        kinds = {mark.word: mark.kind for mark in item.call.marks if mark.defective and mark.letter == letter}
        healthy = item.call.version == "healthy"
        for heard in item.windows if placed(item.call) else ():
            for word in window_words(item, heard, place, taxonomy):
                if word.letters and (word.defective or healthy):
                    found = traits.of_word(parts, item.call.words[word.number].start)
                    found["severity"] = kinds.get(word.number, "") if word.defective else ""
                    lines.append((number, word.logit, word.defective, healthy, found))
    return _columns(lines)


def call_rows(scored: Sequence[Scored], judged: Sequence[ChannelVerdict], place: int, taxonomy: Taxonomy) -> Rows:
    """Calls with enough evidence for a verdict."""
    lines: list[_Line] = []
    for number, (item, verdict) in enumerate(zip(scored, judged, strict=True)):
        risk = verdict.defects[place].risk
        if risk is not None:
            healthy = item.call.version == "healthy"
            lines.append((number, risk, holds(item.call, taxonomy.defects[place]), healthy, traits.of_call(item.call)))
    return _columns(lines)


def rows_of(level: Level, scored: Sequence[Scored], judged: Sequence[ChannelVerdict], taxonomy: Taxonomy) -> list[Rows]:
    """A level's rows, defect by defect."""
    take: Callable[[int], Rows] = {
        "call": lambda place: call_rows(scored, judged, place, taxonomy),
        "window": lambda place: window_rows(scored, place, taxonomy),
        "word": lambda place: word_rows(scored, place, taxonomy),
    }[level]
    return [take(place) for place in range(len(taxonomy.defects))]


def _columns(lines: Sequence[_Line]) -> Rows:
    call, score, target, healthy, found = zip(*lines, strict=True) if lines else ((),) * 5
    names = found[0] if found else ()
    return Rows(
        np.array(call, np.int64),
        np.array(score, np.float64),
        np.array(target, bool),
        np.array(healthy, bool),
        {name: np.array([item[name] for item in found], np.str_) for name in names},
    )
