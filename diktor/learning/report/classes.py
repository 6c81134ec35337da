"""One class of several: calls and windows with one defect or none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diktor.audio.vad import LEAST_MS
from diktor.defects import MIXED, Taxonomy
from diktor.learning.calibration import placed
from diktor.learning.calls import Scored, truth
from diktor.learning.concordance import Flags
from diktor.learning.report import measures, traits
from diktor.learning.report.bootstrap import Draws, Figure, Places
from diktor.learning.report.document import ClassFigures
from diktor.learning.report.rows import Labels
from diktor.rows import ChannelVerdict, WindowRow
from diktor.scoring.verdict import class_of

THRESHOLD = 0.5


@dataclass(frozen=True)
class Pairs:
    """(n,) each: the call by its place, the expected class, the class found, traits."""

    call: Places
    expected: Places
    found: Places
    traits: dict[str, Labels]

    def where(self, chosen: Flags) -> "Pairs":
        """Some of them."""
        named = {name: values[chosen] for name, values in self.traits.items()}
        return Pairs(self.call[chosen], self.expected[chosen], self.found[chosen], named)


def of_calls(scored: Sequence[Scored], judged: Sequence[ChannelVerdict], taxonomy: Taxonomy) -> Pairs:
    """Calls of one defect or none."""
    lines = [
        (number, class_of_version(item.call.version, taxonomy), class_of(verdict), traits.of_call(item.call))
        for number, (item, verdict) in enumerate(zip(scored, judged, strict=True))
        if item.call.version != MIXED
    ]
    return _columns(lines)


def of_windows(scored: Sequence[Scored], rows: Sequence[Sequence[WindowRow]], taxonomy: Taxonomy) -> Pairs:
    """Windows with speech that hold one defect or none; found is the likeliest defect, if it is over its threshold."""
    lines = []
    for number, (item, own) in enumerate(zip(scored, rows, strict=True)):
        parts = traits.stretches(item.call)
        for heard, row in zip(item.windows, own, strict=True) if placed(item.call) else ():
            there = [place for place, count in enumerate(truth(item.call, heard.window, taxonomy).defects) if count]
            if heard.speech_ms < LEAST_MS or len(there) > 1:
                continue
            likeliest = int(np.argmax(row.probability))
            found = likeliest + 1 if row.probability[likeliest] >= THRESHOLD else 0
            lines.append((number, there[0] + 1 if there else 0, found, traits.of_window(parts, heard.window)))
    return _columns(lines)


def class_of_version(version: str, taxonomy: Taxonomy) -> int:
    """The class of a call by its clips' version."""
    return 0 if version == "healthy" else taxonomy.classes.index(version)


def classes(pairs: Pairs, draws: Draws, taxonomy: Taxonomy) -> ClassFigures:
    """Figures over all classes and each."""
    expected, found = pairs.expected, pairs.found
    confusion = np.zeros((len(taxonomy.classes), len(taxonomy.classes)), int)
    np.add.at(confusion, (expected, found), 1)
    return ClassFigures(
        rows=len(expected),
        macro_f1=macro(pairs, draws, taxonomy),
        accuracy=draws.figure(pairs.call, measures.share(expected == found)),
        f1=each(pairs, draws, taxonomy),
        confusion=tuple(tuple(map(int, row)) for row in confusion),
    )


def macro(pairs: Pairs, draws: Draws, taxonomy: Taxonomy) -> Figure:
    """Macro-F1 over the classes that are there."""
    return draws.figure(pairs.call, measures.macro_f1(pairs.expected, pairs.found, len(taxonomy.classes)))


def each(pairs: Pairs, draws: Draws, taxonomy: Taxonomy) -> dict[str, Figure]:
    """F1 by class; a class that is not there has none."""
    return {
        name: draws.figure(pairs.call, measures.f1(pairs.expected, pairs.found, label))
        if (pairs.expected == label).any()
        else Figure()
        for label, name in enumerate(taxonomy.classes)
    }


def _columns(lines: Sequence[tuple[int, int, int, dict[str, str]]]) -> Pairs:
    call, expected, found, named = zip(*lines, strict=True) if lines else ((),) * 4
    names = named[0] if named else ()
    return Pairs(
        np.array(call, np.int64),
        np.array(expected, np.int64),
        np.array(found, np.int64),
        {name: np.array([item[name] for item in named], np.str_) for name in names},
    )
