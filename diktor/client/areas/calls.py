"""Calls: sent in, found, looked at, listened to, reviewed, erased."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, TypedDict, Unpack

from diktor.client.request import Area, M, Request, Upload, operation, path
from diktor.rows import LabelName, Status, VerdictName
from diktor.wire import Page
from diktor.wire.calls import (
    Batch,
    Call,
    CallDetail,
    Channel,
    Direction,
    Erasure,
    ErasureForm,
    Label,
    ReviewForm,
    ReviewItem,
    Waveform,
)

HERE, ERASURES = "/api/v1/calls", "/api/v1/erasures"


class Filters(TypedDict, total=False):
    """Which calls: everything that is named must hold."""

    call_id: Sequence[str]
    since: datetime
    until: datetime
    team: Sequence[str]
    operator: Sequence[str]
    defect: str
    minimum_risk: float
    verdict: VerdictName
    reviewed: bool
    status: Status
    release: int
    channel: Sequence[Channel]


class Calls(Area[M]):
    """Calls that one may see; any other is as if it were not there."""

    @operation
    def upload(
        self,
        files: Sequence[Path | BinaryIO],
        *,
        operator_id: str | None = None,
        team_id: str | None = None,
        direction: Direction = "unknown",
        channels: str = "",
        started_at: datetime | None = None,
        batch: str | None = None,
        idempotency_key: str | None = None,
    ) -> Request[Batch]:
        """Send recordings, or zips of them, in; follow them with `get_batch`. Files are read as they are sent.

        With `batch` they join an upload of one's own, and the answer is of these files alone.
        """
        form = {"operator_id": operator_id, "team_id": team_id, "direction": direction, "started_at": started_at}
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        uploads = tuple(Upload("files", file) for file in files)
        form |= {"channels": channels or None, "batch_id": batch}
        return Request(method="POST", path=HERE, kind=Batch, form=form, uploads=uploads, headers=headers)

    @operation
    def list_batches(self, limit: int = 20, cursor: str | None = None) -> Request[Page[Batch]]:
        """One's uploads, the newest first."""
        return Request(method="GET", path=f"{HERE}/batches", kind=Page[Batch], query={"limit": limit, "cursor": cursor})

    @operation
    def get_batch(self, batch: str) -> Request[Batch]:
        """How far an upload is, file by file."""
        return Request(method="GET", path=path(HERE + "/batches/{}", batch), kind=Batch)

    @operation
    def list(self, limit: int = 50, cursor: str | None = None, **filters: Unpack[Filters]) -> Request[Page[Call]]:
        """Calls, the newest first."""
        return Request(method="GET", path=HERE, kind=Page[Call], query={"limit": limit, "cursor": cursor, **filters})

    @operation
    def export(
        self, into: Path | BinaryIO, format: Literal["csv", "parquet"] = "csv", **filters: Unpack[Filters]
    ) -> Request[bytes]:
        """A table of calls, written into a file as it comes."""
        return Request(method="GET", path=f"{HERE}/export", kind=bytes, query={"format": format, **filters}, into=into)

    @operation
    def get(self, call: str) -> Request[CallDetail]:
        """One call with its windows, evidence and labels."""
        return Request(method="GET", path=path(HERE + "/{}", call), kind=CallDetail)

    @operation
    def get_waveform(self, call: str) -> Request[Waveform]:
        """How loud a call is over time."""
        return Request(method="GET", path=path(HERE + "/{}/waveform", call), kind=Waveform)

    @operation
    def listen(self, call: str, into: Path | BinaryIO) -> Request[bytes]:
        """The recording, written into a file as it comes; that somebody listened is noted."""
        return Request(method="GET", path=path(HERE + "/{}/audio", call), kind=bytes, into=into)

    @operation
    def list_reviews(self, limit: int = 10, **filters: Unpack[Filters]) -> Request[Page[ReviewItem]]:
        """Windows that nobody judged, the riskiest first."""
        return Request(method="GET", path=f"{HERE}/reviews", kind=Page[ReviewItem], query={"limit": limit, **filters})

    @operation
    def put_label(
        self, call: str, channel: str, start_ms: int, defect: str, label: LabelName, comment: str = ""
    ) -> Request[Label]:
        """Say what is heard in a window; it replaces what was said of the same defect there."""
        place = path(HERE + "/{}/labels/{}/{}/{}", call, channel, start_ms, defect)
        return Request(method="PUT", path=place, kind=Label, body=ReviewForm(label=label, comment=comment))

    @operation
    def delete_label(self, call: str, channel: str, start_ms: int, defect: str) -> Request[None]:
        """Take a label back."""
        place = path(HERE + "/{}/labels/{}/{}/{}", call, channel, start_ms, defect)
        return Request(method="DELETE", path=place, kind=type(None))

    @operation
    def erase(self, call: str) -> Request[None]:
        """Erase a call for good."""
        return Request(method="DELETE", path=path(HERE + "/{}", call), kind=type(None))

    @operation
    def create_erasure(self, *, operator_id: str | None = None, caller_id: str | None = None) -> Request[Erasure]:
        """Erase all calls of an operator, or all of a caller: name one of the two."""
        body = ErasureForm(operator_id=operator_id, caller_id=caller_id)
        return Request(method="POST", path=ERASURES, kind=Erasure, body=body)

    @operation
    def list_erasures(self, limit: int = 50, cursor: str | None = None) -> Request[Page[Erasure]]:
        """What was erased, when, and by whom."""
        return Request(method="GET", path=ERASURES, kind=Page[Erasure], query={"limit": limit, "cursor": cursor})

    @operation
    def get_erasure(self, erasure: str) -> Request[Erasure]:
        """How far an erasure is."""
        return Request(method="GET", path=path(ERASURES + "/{}", erasure), kind=Erasure)
