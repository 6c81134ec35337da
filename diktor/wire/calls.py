"""Calls on the wire: lists, one call, uploads, reviews, events, erasures. Times of a call are ms from its start."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from diktor.rows import LabelName, Status, VerdictName

Risk = float | None
"""0–100, the threshold at 50; None: not enough evidence."""

Channel = Literal["operator", "customer", "mixed"]
Direction = Literal["inbound", "outbound", "unknown"]


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a call's channel says of one defect; `markers` marker sounds were heard."""

    channel: str
    defect: str
    risk: Risk
    verdict: VerdictName
    markers: float


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call as lists show it. `reviewed`: somebody labelled one of its windows. An open call has no judgements yet."""

    call_id: str
    operator_id: str
    team_id: str
    direction: str
    started_at: datetime
    status: Status
    reason: str
    release: int
    channels: list[str]
    duration_ms: int
    talk_ms: int
    judgements: list[Judgement]
    updated_at: datetime
    reviewed: bool | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Where a defect was heard; `score` (0–1) of its strongest moment."""

    channel: str
    defect: str
    start_ms: int
    end_ms: int
    score: float


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a channel that was scored; no `probability` where nobody speaks."""

    channel: str
    start_ms: int
    end_ms: int
    speech_ms: int
    probability: dict[str, float]


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of a defect in a window: `confirmed`, `rejected`, or `other` (something else is heard)."""

    channel: str
    start_ms: int
    defect: str
    label: LabelName
    by: str
    comment: str
    at: datetime


class CallDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A call with all that is known of it. `recorded`: there is audio to listen to."""

    call: Call
    evidence: list[Evidence]
    windows: list[Window]
    labels: list[Label]
    recorded: bool


class Waveform(msgspec.Struct, frozen=True, kw_only=True):
    """Per channel the loudest sample of each of equally long stretches, in percent of full scale."""

    duration_ms: int
    channels: dict[str, list[int]]


class ReviewForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a supervisor says of a window."""

    label: LabelName
    comment: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class ReviewItem(msgspec.Struct, frozen=True, kw_only=True):
    """A window that waits for a person's word: the most suspicious one of its call, channel and defect."""

    call: Call
    channel: str
    start_ms: int
    end_ms: int
    defect: str
    probability: float
    evidence: list[Evidence]


FileState = Literal["waiting", "sent", "scored", "failed", "refused", "erased"]
"""`waiting` for ingest, `sent` to it and being scored, `scored` or `failed` as the call, `refused` with a problem."""


class BatchFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an upload. `duplicate`: the same recording was there before."""

    file_id: str
    name: str
    size: int
    state: FileState
    call_id: str | None
    duplicate: bool
    problem: str


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """An upload and how far it is; `done`: nothing of it changes any more."""

    batch_id: str
    created_at: datetime
    by: str
    operator_id: str
    team_id: str
    counts: dict[str, int]
    done: bool
    files: list[BatchFile]


class ErasureForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All calls of an operator, or all whose source names a caller: exactly one of the two."""

    operator_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    caller_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the ledger. `calls` were erased so far; `applied_at` is when it was applied last, None: not yet."""

    erasure_id: str
    kind: Literal["call", "operator", "caller"]
    subject: str
    by: str
    created_at: datetime
    applied_at: datetime | None
    calls: int
