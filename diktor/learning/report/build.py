"""The report of a run, from what evaluation kept and what the other commands left beside it."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from diktor.errors import DiktorError
from diktor.learning.assess import load_evaluation
from diktor.learning.audit.report import Report as Audited
from diktor.learning.calibration import trial_release
from diktor.learning.calls import Scored
from diktor.learning.report import ensemble, kept
from diktor.learning.report.bootstrap import DRAWS
from diktor.learning.report.document import Ablation, Audit, Codecs, Group, GroupAlarms, GroupClasses, Report, Split
from diktor.learning.report.groups import group_alarms, group_classes, groups
from diktor.learning.report.judged import Judged
from diktor.learning.report.split import found, split
from diktor.learning.run import Run

Advance = Callable[[str, int, int], None]
T = TypeVar("T")


def build(run: Run, audits: Path | None, advance: Advance) -> Report:
    """All figures. `audits`: what `diktor learn audit --json` printed, else what it left in the run.

    Raises:
        DiktorError: the run was not evaluated, or a file beside it cannot be read.
    """
    evaluation = load_evaluation(run)
    codecs, ablation = _beside(run.codecs, Codecs), _beside(run.ablation, Ablation)
    audited = _read(audits, Audited) if audits else _beside(run.audits, Audited)
    header, test = kept.load(run.heard("test"), run.corpus)
    dev = kept.load(run.heard("dev"), run.corpus)[1]
    exact = kept.load(run.heard("exact"), run.corpus)[1]
    release = trial_release(evaluation.calibration, header.members, run.taxonomy)
    splits: dict[str, Split] = {}
    parts: list[Group] = []
    named: list[GroupClasses] = []
    alarms: list[GroupAlarms] = []
    judged = {name: Judged(calls, release, repeats(calls)) for name, calls in (("test", test), ("dev", dev))}
    for done, (name, own) in enumerate(judged.items()):
        advance("figures", done, 3)
        rows = found(own)
        splits[name] = split(own, rows)
        parts += groups(name, rows, own.draws, run.taxonomy)
        named += group_classes(name, own)
        alarms += group_alarms(name, own)
    advance("figures", 2, 3)
    document = Report(
        corpus_digest=evaluation.corpus_digest,
        code_revision=evaluation.code_revision,
        taxonomy=run.taxonomy,
        members=header.members,
        draws=DRAWS,
        repeats=repeats(test),
        splits=splits,
        groups=tuple(parts),
        group_classes=tuple(named),
        group_alarms=tuple(alarms),
        ensemble=ensemble.members(header.members, dev, judged["test"]),
        quantisation=ensemble.quantisation(ensemble.first_hearing(test, exact), exact, run.taxonomy),
        codecs=codecs,
        ablation=ablation,
        audits=None if audited is None else _audits(audited),
    )
    advance("figures", 3, 3)
    return document


def repeats(calls: Sequence[Scored]) -> int:
    """In how many calls a clip is heard."""
    return max(Counter(clip.id for item in calls for clip in item.call.clips).values(), default=1)


def _beside(path: Path, kind: type[T]) -> T | None:
    return _read(path, kind) if path.exists() else None


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        raise DiktorError(f"{path} cannot be read: {error}", "Make it again") from error


def _audits(found: Audited) -> tuple[Audit, ...]:
    shortcuts = [
        Audit("shortcut", s.level, s.defect, s.trait, s.auc, s.low, s.high, s.verdict) for s in found.shortcuts
    ]
    leaks = [
        Audit("leak", "word", s.defect, f"words without {s.letter}", s.auc, s.low, s.high, s.verdict)
        for s in found.leaks
    ]
    return (*shortcuts, *leaks)
