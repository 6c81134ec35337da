"""Healthy speech: how often a defect is heard in it."""

from collections.abc import Sequence

import numpy as np

from diktor.learning.report import measures
from diktor.learning.report.bootstrap import Draws, Figure
from diktor.learning.report.document import Alarms
from diktor.rows import ChannelVerdict

HOUR_MS = 3_600_000


def alarms(judged: Sequence[ChannelVerdict], healthy: Sequence[bool], place: int, draws: Draws) -> Alarms:
    """Of the healthy calls among these; spans are counted once, though windows overlap."""
    who = np.flatnonzero(healthy)
    own = [verdict for verdict, sound in zip(judged, healthy, strict=True) if sound]
    verdicts = [verdict.defects[place] for verdict in own]
    hours = np.array([verdict.talk_ms / HOUR_MS for verdict in own])
    spans = np.array([float(len(verdict.evidence)) for verdict in verdicts])
    likely, unsure = (
        np.array([item.verdict == word for item in verdicts], bool) for word in ("likely", "not_enough_evidence")
    )
    return Alarms(
        healthy_calls=len(own),
        speech_hours=round(float(hours.sum()), 3),
        spans_per_hour=_tenths(draws.figure(who, measures.ratio(spans, hours))),
        likely=draws.figure(who, measures.share(likely)),
        likely_per_hour=_tenths(draws.figure(who, measures.ratio(likely.astype(np.float64), hours))),
        not_enough_evidence=draws.figure(who, measures.share(unsure)),
    )


def _tenths(figure: Figure) -> Figure:
    return Figure(*(None if value is None else round(value, 1) for value in (figure.value, figure.low, figure.high)))
