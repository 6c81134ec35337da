"""The report as a document: `report.json` of a run. Every `Figure` is a value with its 95 % interval over calls."""

from typing import Literal

import msgspec

from diktor.defects import Taxonomy
from diktor.learning.report.bootstrap import Figure
from diktor.learning.report.rows import Level


class Bin(msgspec.Struct, frozen=True):
    """Rows scored with about `probability`: the mean of it, the share that is defective, how many."""

    probability: float
    share: float
    rows: int


class DefectFigures(msgspec.Struct, frozen=True):
    """How a defect is told at one level; `against_healthy` leaves out speech with other defects.

    `roc` is (false alarms, hits). Calibration is as it was fitted, with defective and other rows equally heavy;
    `calibration_error` is the mean distance between probability and share (0..1).
    """

    rows: int
    defective: int
    auc: Figure
    auc_against_healthy: Figure
    average_precision: Figure
    average_precision_against_healthy: Figure
    roc: tuple[tuple[float, float], ...] = ()
    calibration: tuple[Bin, ...] = ()
    calibration_error: Figure = Figure()


class ClassFigures(msgspec.Struct, frozen=True):
    """One class of several, of calls or windows with one defect or none; `confusion` by expected class, then found."""

    rows: int
    macro_f1: Figure
    accuracy: Figure
    f1: dict[str, Figure]
    confusion: tuple[tuple[int, ...], ...]


class Alarms(msgspec.Struct, frozen=True):
    """Healthy speech: spans of evidence per hour of it, calls judged likely (their share, and per hour of speech).

    Hours are of speech, not of silence. `not_enough_evidence` is a share of calls.
    """

    healthy_calls: int
    speech_hours: float
    spans_per_hour: Figure
    likely: Figure
    likely_per_hour: Figure
    not_enough_evidence: Figure


class Localisation(msgspec.Struct, frozen=True):
    """Evidence in windows against true places: distances between the middles of a sound and of the span nearest to it.

    `found`: the share of defective sounds with a span at no more than half a second; the next three are of these.
    `within_150_ms_of_all`: of all defective sounds. `false_spans_per_hour`: spans with no such sound near, per hour of
    speech in all calls.
    """

    sounds: int
    found: Figure
    median_ms: Figure
    p90_ms: Figure
    within_150_ms: Figure
    within_150_ms_of_all: Figure
    false_spans_per_hour: Figure


class Split(msgspec.Struct, frozen=True):
    """A held-out split; `levels` by level and defect, `classes` by level."""

    voices: tuple[str, ...]
    calls: int
    windows: int
    minutes: float
    levels: dict[str, dict[str, DefectFigures]]
    classes: dict[str, ClassFigures]
    alarms: dict[str, Alarms]
    localisation: dict[str, Localisation]


class Group(msgspec.Struct, frozen=True):
    """A part of a split's rows: those whose `trait` (voice, sex, codec, SNR, severity) is `group`."""

    split: str
    level: Level
    trait: str
    group: str
    defect: str
    rows: int
    defective: int
    auc: Figure
    auc_against_healthy: Figure
    average_precision: Figure


class GroupClasses(msgspec.Struct, frozen=True):
    """One class of several in a part of a split's calls or windows."""

    split: str
    level: Literal["call", "window"]
    trait: str
    group: str
    rows: int
    macro_f1: Figure
    f1: dict[str, Figure]


class GroupAlarms(msgspec.Struct, frozen=True):
    """Windows of healthy calls over their threshold, per hour of their speech, in a part of them."""

    split: str
    trait: str
    group: str
    defect: str
    windows: int
    windows_per_hour: Figure


class Member(msgspec.Struct, frozen=True):
    """A member alone, calibrated for itself, or all of them together: test split, by defect."""

    name: str
    macro_f1: Figure
    call_auc: dict[str, Figure]
    window_auc: dict[str, Figure]
    word_auc: dict[str, Figure]


class Quantisation(msgspec.Struct, frozen=True):
    """Window AUC of the shipped int8 form and of fp32 on the same windows, and what is lost."""

    defect: str
    int8: Figure
    fp32: Figure
    loss: Figure


class CodecRow(msgspec.Struct, frozen=True):
    """A defect through one codec: the same test clips, but for the codec the same to the sample."""

    codec: str
    defect: str
    window_auc: Figure
    window_drop: Figure
    word_auc: Figure
    word_drop: Figure


class Codecs(msgspec.Struct, frozen=True):
    """`codecs.json` of a run: drops are against no codec."""

    groups: int
    clips: int
    minutes: float
    rows: tuple[CodecRow, ...]


Counted = Literal["first", "along", "never", "along, shorter"]
"""When an arm counts letters: in stage 1 and along with the defects, along alone, never, or along alone in as much of
stage 2 as the first has."""


class Arm(msgspec.Struct, frozen=True):
    """A member trained from one seed; AUCs on the test split by defect."""

    seed: int
    counted: Counted
    steps: tuple[int, int]
    """Of stage 1 and of stage 2."""
    auc: dict[str, Figure]


class Ablation(msgspec.Struct, frozen=True):
    """`ablation.json` of a run: what stage 1 is worth, and what counting at all, mean over the seeds.

    AUCs are of words for defects with a letter, of windows for others. At equal `steps` in all, `worth`: stage 1 over
    counting along alone; `counting`: the same over never counting. `before`: stage 1 before the same stage 2 over
    nothing before it.
    """

    member: str
    steps: int
    arms: tuple[Arm, ...]
    worth: dict[str, Figure]
    counting: dict[str, Figure]
    before: dict[str, Figure]


class Audit(msgspec.Struct, frozen=True):
    """An audit's line: what it is of and what it says."""

    kind: str
    level: str
    defect: str
    trait: str
    auc: float | None
    low: float | None
    high: float | None
    verdict: str


class Report(msgspec.Struct, frozen=True):
    """All of it. `codecs`, `ablation` and `audits` are None where their commands have not run."""

    corpus_digest: str
    code_revision: str
    taxonomy: Taxonomy
    members: tuple[str, ...]
    draws: int
    repeats: int
    """Calls that every held-out clip is heard in; a draw takes so many fewer calls."""
    splits: dict[str, Split]
    groups: tuple[Group, ...]
    group_classes: tuple[GroupClasses, ...]
    group_alarms: tuple[GroupAlarms, ...]
    ensemble: tuple[Member, ...]
    quantisation: tuple[Quantisation, ...]
    codecs: Codecs | None = None
    ablation: Ablation | None = None
    audits: tuple[Audit, ...] | None = None
