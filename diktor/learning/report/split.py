"""The figures of one held-out split."""

from typing import get_args

from diktor.learning.report import classes
from diktor.learning.report.alarms import alarms
from diktor.learning.report.document import DefectFigures, Split
from diktor.learning.report.judged import Judged
from diktor.learning.report.levels import of_risk, told
from diktor.learning.report.places import localisation
from diktor.learning.report.rows import Level, Rows, rows_of
from diktor.releases import Calibration

Found = dict[Level, list[Rows]]
"""Rows by level and defect."""


def found(judged: Judged) -> Found:
    """What there is to take figures from."""
    return {level: rows_of(level, judged.scored, judged.verdicts, judged.taxonomy) for level in get_args(Level)}


def split(judged: Judged, rows: Found) -> Split:
    """Every level, classes, healthy speech, places."""
    calls, taxonomy = judged.scored, judged.taxonomy
    return Split(
        voices=tuple(sorted({clip.voice for item in calls for clip in item.call.clips})),
        calls=len(calls),
        windows=sum(len(item.windows) for item in calls),
        minutes=round(sum(len(item.call.pcm) for item in calls) / 8000 / 60, 1),
        levels={level: _level(judged, level, own) for level, own in rows.items()},
        classes={
            "call": classes.classes(classes.of_calls(calls, judged.verdicts, taxonomy), judged.draws, taxonomy),
            "window": classes.classes(classes.of_windows(calls, judged.rows, taxonomy), judged.draws, taxonomy),
        },
        alarms={
            defect.name: alarms(judged.verdicts, judged.healthy, place, judged.draws)
            for place, defect in enumerate(taxonomy.defects)
        },
        localisation={
            defect.name: localisation(calls, judged.rows, place, judged.draws, taxonomy)
            for place, defect in enumerate(taxonomy.defects)
        },
    )


def _level(judged: Judged, level: Level, rows: list[Rows]) -> dict[str, DefectFigures]:
    result = {}
    for defect, own, calibration in zip(judged.taxonomy.defects, rows, judged.release.defects, strict=True):
        if level == "call":
            result[defect.name] = told(of_risk(own), judged.draws, Calibration())
        elif level == "window":
            result[defect.name] = told(own, judged.draws, calibration.window)
        elif defect.letter:
            result[defect.name] = told(own, judged.draws)
    return result
