"""The same figures by voice, sex, codec, SNR and severity."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from diktor.audio.vad import LEAST_MS
from diktor.defects import Taxonomy
from diktor.learning.report import classes, measures, traits
from diktor.learning.report.alarms import HOUR_MS
from diktor.learning.report.bootstrap import Draws
from diktor.learning.report.document import Group, GroupAlarms, GroupClasses
from diktor.learning.report.judged import Judged
from diktor.learning.report.levels import area, precision
from diktor.learning.report.rows import Level, Rows
from diktor.learning.report.split import Found


def groups(split: str, rows: Found, draws: Draws, taxonomy: Taxonomy) -> Iterator[Group]:
    """Every defect, level and trait."""
    for level, own in rows.items():
        for defect, mine in zip(taxonomy.defects, own, strict=True):
            for trait in traits.TRAITS:
                for name in mine.groups(trait):
                    yield _group(split, level, defect.name, trait, name, mine.in_group(trait, name), draws)


def group_classes(split: str, judged: Judged) -> Iterator[GroupClasses]:
    """Classes of calls and windows by every trait they have."""
    levels: tuple[tuple[Literal["call", "window"], classes.Pairs], ...] = (
        ("call", classes.of_calls(judged.scored, judged.verdicts, judged.taxonomy)),
        ("window", classes.of_windows(judged.scored, judged.rows, judged.taxonomy)),
    )
    for level, pairs in levels:
        for trait, values in pairs.traits.items():
            for name in np.unique(values):
                own = pairs.where(values == name)
                yield GroupClasses(
                    split=split,
                    level=level,
                    trait=trait,
                    group=str(name),
                    rows=len(own.call),
                    macro_f1=classes.macro(own, judged.draws, judged.taxonomy),
                    f1=classes.each(own, judged.draws, judged.taxonomy),
                )


def group_alarms(split: str, judged: Judged) -> Iterator[GroupAlarms]:
    """Windows of healthy calls that are over a defect's threshold; what windows share is counted once, by its share."""
    share = judged.release.hop_ms / judged.release.length_ms
    lines = []
    for number, (item, own) in enumerate(zip(judged.scored, judged.rows, strict=True)):
        parts = traits.stretches(item.call)
        if item.call.version == "healthy":
            lines += [
                (number, row, traits.of_window(parts, heard.window))
                for heard, row in zip(item.windows, own, strict=True)
                if heard.speech_ms >= LEAST_MS
            ]
    for trait in ("voice", "sex", "codec", "SNR"):
        for name in sorted({named[trait] for _, _, named in lines}):
            mine = [(number, row) for number, row, named in lines if named[trait] == name]
            who = np.array([number for number, _ in mine], np.int64)
            hours = np.array([row.speech_ms * share / HOUR_MS for _, row in mine])
            for place, defect in enumerate(judged.taxonomy.defects):
                over = np.array([float(row.probability[place] >= classes.THRESHOLD) for _, row in mine]) * share
                found = judged.draws.figure(who, measures.ratio(over, hours))
                yield GroupAlarms(split, trait, name, defect.name, len(mine), found)


def _group(split: str, level: Level, defect: str, trait: str, name: str, rows: Rows, draws: Draws) -> Group:
    return Group(
        split=split,
        level=level,
        trait=trait,
        group=name,
        defect=defect,
        rows=len(rows.call),
        defective=int(rows.target.sum()),
        auc=area(rows, draws),
        auc_against_healthy=area(rows.against_healthy(), draws),
        average_precision=precision(rows, draws),
    )
