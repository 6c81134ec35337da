"""How a release does on labelled recordings."""

from collections.abc import Sequence

import msgspec
import numpy as np

from diktor.defects import Taxonomy
from diktor.learning.concordance import Flags
from diktor.learning.recorded.labels import Labelled
from diktor.learning.recorded.listen import Outcome
from diktor.learning.report import measures
from diktor.learning.report.alarms import alarms
from diktor.learning.report.bootstrap import Draws, Figure, Measure
from diktor.learning.report.classes import Pairs, classes
from diktor.learning.report.document import Alarms, ClassFigures
from diktor.rows import ChannelVerdict
from diktor.scoring.verdict import class_of


class Line(msgspec.Struct, frozen=True):
    """A labelled channel: expected and found class, risk by defect (None: not enough evidence)."""

    file: str
    channel: int
    speaker: str
    expected: str
    found: str
    seconds: float
    risks: dict[str, float | None]


class OfDefect(msgspec.Struct, frozen=True):
    """How a defect is told from all other recordings and from those of class none; shares of those with it, and none.

    AUC and average precision are of the recordings with enough evidence.
    """

    recordings: int
    auc: Figure
    auc_against_none: Figure
    average_precision: Figure
    likely_when_present: Figure
    likely_when_none: Figure
    not_enough_evidence: Figure


class Found(msgspec.Struct, frozen=True):
    """Of recordings; intervals are over speakers where all are named, else over recordings class by class."""

    release: int
    drawn: str
    classes: ClassFigures
    defects: dict[str, OfDefect]
    alarms: dict[str, Alarms]
    lines: tuple[Line, ...]
    left_out: tuple[str, ...]


def measured(labels: Sequence[Labelled], outcomes: Sequence[Outcome], release: int, taxonomy: Taxonomy) -> Found | None:
    """All figures of a release, whose taxonomy it is; None where not one recording could be heard."""
    heard = {outcome.file: {part.channel: part.verdict for part in outcome.spoken} for outcome in outcomes}
    known = [(label, verdict) for label in labels if (verdict := heard[label.file].get(label.channel or 0)) is not None]
    left_out = tuple(outcome.problem for outcome in outcomes if outcome.problem)
    if not known:
        return None
    named = all(label.speaker for label, _ in known)
    draws = (
        Draws.of_groups([label.speaker for label, _ in known])
        if named
        else Draws.of([taxonomy.classes[label.expected] for label, _ in known])
    )
    every = np.arange(len(known))
    expected = np.array([label.expected for label, _ in known], np.int64)
    judged = [verdict for _, verdict in known]
    found = np.array([class_of(verdict) for verdict in judged], np.int64)
    return Found(
        release=release,
        drawn="speakers" if named else "recordings",
        classes=classes(Pairs(every, expected, found, {}), draws, taxonomy),
        defects={name: _defect(expected, judged, place, draws) for place, name in enumerate(taxonomy.names)},
        alarms={
            name: alarms(judged, (expected == 0).tolist(), place, draws) for place, name in enumerate(taxonomy.names)
        },
        lines=tuple(_line(label, verdict, taxonomy.classes) for label, verdict in known),
        left_out=left_out,
    )


def _defect(expected: np.ndarray, judged: Sequence[ChannelVerdict], place: int, draws: Draws) -> OfDefect:
    target, healthy = expected == place + 1, expected == 0
    risks = [verdict.defects[place].risk for verdict in judged]
    known = np.array([risk is not None for risk in risks])
    score = np.array([-1.0 if risk is None else risk for risk in risks])
    likely = np.array([verdict.defects[place].verdict == "likely" for verdict in judged])

    def figure(chosen: Flags, measure: Measure) -> Figure:
        return draws.figure(np.flatnonzero(chosen), measure)

    alone = known & (target | healthy)
    return OfDefect(
        recordings=int(target.sum()),
        auc=figure(known, measures.auc(score[known], target[known])) if known.any() else Figure(),
        auc_against_none=figure(alone, measures.auc(score[alone], target[alone])) if alone.any() else Figure(),
        average_precision=figure(known, measures.average_precision(score[known], target[known]))
        if (known & target).any()
        else Figure(),
        likely_when_present=figure(target, measures.share(likely[target])),
        likely_when_none=figure(healthy, measures.share(likely[healthy])),
        not_enough_evidence=figure(np.ones(len(known), bool), measures.share(~known)),
    )


def _line(label: Labelled, verdict: ChannelVerdict, names: Sequence[str]) -> Line:
    return Line(
        file=label.file,
        channel=label.channel or 0,
        speaker=label.speaker,
        expected=names[label.expected],
        found=names[class_of(verdict)],
        seconds=verdict.duration_ms / 1000,
        risks={item.defect: item.risk for item in verdict.defects},
    )
