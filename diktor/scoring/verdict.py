"""From a call's stored windows to its verdict: the same arithmetic for the scorer and for evaluation."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np

from diktor.audio.grid import Grid
from diktor.defects import Taxonomy
from diktor.releases import DefectCalibration, Release
from diktor.rows import ChannelVerdict, DefectVerdict, VerdictName, WindowRow
from diktor.scoring.evidence import joined

POSSIBLE, LIKELY = 35.0, 50.0
"""Risk from which a verdict says so."""

CERTAIN = 1e-4
"""Probabilities are taken no closer than this to 0 and 1: one window alone decides nothing."""


def verdicts(windows: Iterable[WindowRow], release: Release) -> tuple[ChannelVerdict, ...]:
    """The verdict of every channel, from all windows of one call (in any order)."""
    rows = sorted(windows, key=lambda row: (row.channel, row.start_ms))
    channels = ((channel, tuple(part)) for channel, part in groupby(rows, key=lambda row: row.channel))
    return tuple(_channel(channel, part, release) for channel, part in channels)


def pooled_logit(rows: Sequence[WindowRow], place: int, taxonomy: Taxonomy) -> float | None:
    """A channel's raw score for the defect at `place`: the windows' log-odds, weighted by how much each has to say.

    A defect with a marker letter is weighed by the marker sounds heard in a window; one without is heard in bursts, so
    that the most suspicious quarter of the windows with speech decides. None: nothing to judge by.
    """
    letter = taxonomy.letter_index(place)
    scored = [row for row in rows if row.probability]
    if not scored:
        return None
    p = np.clip([row.probability[place] for row in scored], CERTAIN, 1 - CERTAIN)
    logits = np.log(p / (1 - p))
    if letter is None:
        count = -(-len(logits) // 4)
        return float(np.sort(logits)[-count:].mean())
    weights = np.array([row.markers[letter] for row in scored])
    return float((weights * logits).sum() / weights.sum()) if weights.sum() > 0 else None


def named(risk: float) -> VerdictName:
    """The word for a risk."""
    return "likely" if risk >= LIKELY else "possible" if risk >= POSSIBLE else "none"


def class_of(verdict: ChannelVerdict) -> int:
    """One class of several: the likely defect with the highest risk, counted from 1, else 0 for none."""
    defects = enumerate(verdict.defects, 1)
    likely = [(item.risk or 0.0, item.defect, number) for number, item in defects if item.verdict == "likely"]
    return max(likely)[2] if likely else 0


def _channel(channel: str, rows: tuple[WindowRow, ...], release: Release) -> ChannelVerdict:
    grid = release.grid
    return ChannelVerdict(
        channel=channel,
        duration_ms=rows[-1].end_ms,
        windows=len(rows),
        talk_ms=round(_once(rows, [row.speech_ms for row in rows], grid)),
        defects=tuple(_defect(rows, place, release) for place in range(len(release.defects))),
        spoken=sum(1 for row in rows if row.probability),
    )


def _once(rows: Sequence[WindowRow], amounts: Sequence[float], grid: Grid) -> float:
    """The sum of what windows hold, with the share that the next window holds too counted once."""
    share = grid.hop_ms / grid.length_ms
    return float(sum(amount * share for amount in amounts[:-1]) + amounts[-1])


def _defect(rows: tuple[WindowRow, ...], place: int, release: Release) -> DefectVerdict:
    calibration, name = release.defects[place], release.defects[place].name
    letter, grid = release.taxonomy.letter_index(place), release.grid
    markers = (
        0.0 if letter is None else _once(rows, [row.markers[letter] if row.markers else 0.0 for row in rows], grid)
    )
    evidence = joined(span for row in rows if row.evidence for span in row.evidence[place])
    mean = _mean([row.probability[place] for row in rows if row.probability])
    logit = pooled_logit(rows, place, release.taxonomy)
    if logit is None or not _enough(rows, markers, calibration, grid):
        return DefectVerdict(name, None, "not_enough_evidence", round(markers, 1), evidence, mean)
    risk = round(100.0 * _probability(calibration.call.slope * logit + calibration.call.intercept), 1)
    return DefectVerdict(name, risk, named(risk), round(markers, 1), evidence, mean)


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 6) if values else None


def _enough(rows: Sequence[WindowRow], markers: float, calibration: DefectCalibration, grid: Grid) -> bool:
    speech = _once(rows, [row.speech_ms for row in rows], grid)
    return markers >= calibration.minimum_markers and speech >= calibration.minimum_speech_ms


def _probability(logit: float) -> float:
    return float(0.5 * (1.0 + np.tanh(0.5 * logit)))
