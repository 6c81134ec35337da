"""What is stored: a row per scored window, and a row per call."""

from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

Status = Literal["open", "scored", "failed"]
VerdictName = Literal["none", "possible", "likely", "not_enough_evidence"]


class Span(NamedTuple):
    """Evidence [`start_ms`, `end_ms`) from the call's start, and its strongest frame (0..1)."""

    start_ms: int
    end_ms: int
    score: float


class WindowRow(msgspec.Struct, frozen=True):
    """One window of the grid; key (call_id, channel, start_ms), the newest wins.

    `probability` and `evidence` have one entry per defect of the taxonomy, `markers` the expected number of marker
    sounds per letter. Windows overlap: what is heard in the overlap stands in both. A window without speech has no
    scores: `probability`, `markers` and `evidence` are empty.
    """

    call_id: str
    channel: str
    start_ms: int
    end_ms: int
    speech_ms: int
    probability: tuple[float, ...]
    markers: tuple[float, ...]
    evidence: tuple[tuple[Span, ...], ...]
    release: int
    scored_at: datetime


class DefectVerdict(msgspec.Struct, frozen=True):
    """What a call's channel says about one defect: risk 0–100 (threshold at 50), and where it was heard.

    `probability` is the mean over the windows with speech, for drift and not for judging. None where no window has
    speech, and in rows stored before it was kept.
    """

    defect: str
    risk: float | None
    verdict: VerdictName
    markers: float
    evidence: tuple[Span, ...]
    probability: float | None = None


class ChannelVerdict(msgspec.Struct, frozen=True):
    """One channel of a call: how long it is, how much of it is speech, and a verdict per defect.

    `spoken` of its `windows` have speech; 0 in rows stored before it was kept.
    """

    channel: str
    duration_ms: int
    windows: int
    talk_ms: int
    defects: tuple[DefectVerdict, ...]
    spoken: int = 0


class CallRow(msgspec.Struct, frozen=True):
    """One call; key call_id, the newest wins and a finished row wins over an open one."""

    call_id: str
    operator_id: str
    team_id: str
    direction: str
    source: str
    started_at: datetime
    channels: tuple[str, ...]
    release: int
    partition: int
    status: Status
    reason: str
    verdicts: tuple[ChannelVerdict, ...]
    updated_at: datetime


LabelName = Literal["confirmed", "rejected", "other"]


class LabelRow(msgspec.Struct, frozen=True):
    """What a person says of one defect in one window; key (call_id, channel, start_ms, defect), the newest wins.

    `confirmed`: it is heard there; `rejected`: it is not; `other`: something else is, or nobody can tell.
    """

    call_id: str
    channel: str
    start_ms: int
    defect: str
    label: LabelName
    by: str
    comment: str
    at: datetime
