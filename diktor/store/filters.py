"""Which calls a person looks for, and where a page of them begins."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

import msgspec

from diktor.defects import by_name
from diktor.errors import QueryError
from diktor.rows import Status, VerdictName
from diktor.store.sight import EVERYTHING, Part, Sight

CHANNELS = ("operator", "mixed")
"""Those that speak of the operator: a customer's speech is no reason to look at a call."""


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that started in [`since`, `until`) and are as it says; None is no limit.

    `defect`, `minimum_risk` (0–100) and `verdict` must hold together, of one channel of `channels` and one defect.
    `calls`: none but these. `reviewed`: whether any of its windows has a label.

    Raises:
        QueryError: a time without a zone, a period that ends before it begins, a defect that does not exist.
    """

    since: datetime | None = None
    until: datetime | None = None
    sight: Sight = EVERYTHING
    calls: tuple[str, ...] | None = None
    defect: str | None = None
    minimum_risk: float | None = None
    verdict: VerdictName | None = None
    reviewed: bool | None = None
    status: Status | None = None
    release: int | None = None
    channels: tuple[str, ...] = CHANNELS

    def __post_init__(self) -> None:
        for moment in (self.since, self.until):
            if moment is not None and moment.tzinfo is None:
                raise QueryError("A time has no zone", "Write 2026-01-31T00:00:00+03:00")
        if self.since is not None and self.until is not None and self.since > self.until:
            raise QueryError(f"The period ends before it begins: {self.since:%F %T} to {self.until:%F %T}")
        if self.defect is not None:
            try:
                by_name(self.defect)
            except KeyError as error:
                raise QueryError(str(error.args[0])) from error

    def condition(self) -> Part:
        """For a query of `calls FINAL`; values are parameters of the server, never text."""
        seen, values = self.sight.condition()
        parts = [seen]
        for moment, sign in (("since", ">="), ("until", "<")):
            if (at := getattr(self, moment)) is not None:
                parts.append(f"started_at {sign} fromUnixTimestamp64Milli({{{moment}:Int64}}, 'UTC')")
                values[moment] = milliseconds(at)
        if self.calls is not None:
            parts.append("call_id IN {calls:Array(String)}")
            values["calls"] = list(self.calls)
        if self.status is not None:
            parts.append("status = {status:String}")
            values["status"] = self.status
        if self.release is not None:
            parts.append("release = {release:UInt32}")
            values["release"] = self.release
        if self.reviewed is not None:
            parts.append(f"call_id {'IN' if self.reviewed else 'NOT IN'} (SELECT call_id FROM labels)")
        if (judged := self._judged(values)) is not None:
            parts.append(judged)
        return " AND ".join(parts), values

    def _judged(self, values: dict[str, Any]) -> str | None:
        wanted = ["has({channels:Array(String)}, c)"]
        for name, text, value in (
            ("defect", "d = {defect:String}", self.defect),
            ("minimum_risk", "r >= {minimum_risk:Float64}", self.minimum_risk),  # nan, of what was not judged, is not
            ("verdict", "n = {verdict:String}", self.verdict),
        ):
            if value is not None:
                wanted.append(text)
                values[name] = value
        if len(wanted) == 1:
            return None
        values["channels"] = list(self.channels)
        columns = "verdict.channel, verdict.defect, verdict.risk, verdict.name"
        return f"arrayExists((c, d, r, n) -> {' AND '.join(wanted)}, {columns})"


class Place(NamedTuple):
    """Behind which call a page begins: pages run from the newest to the oldest, equal times by id.

    A call that comes meanwhile stands before the first page, so that no page shows a call twice or leaves one out.
    """

    started_ms: int
    call_id: str

    def text(self) -> str:
        """What a client hands back."""
        return base64.urlsafe_b64encode(f"{self.started_ms} {self.call_id}".encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str) -> "Place":
        """Raises: QueryError: no page ever ended there."""
        try:
            started, _, call_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
            number = int(started)
        except (binascii.Error, ValueError) as error:
            raise QueryError("The cursor is none that a page gave", "Hand back `next` as it came, or begin") from error
        if abs(number) >= 1 << 62:
            raise QueryError("The cursor is none that a page gave", "Hand back `next` as it came, or begin")
        return cls(number, call_id)


def milliseconds(moment: datetime) -> int:
    """Since 1970, never rounded up: what happened after a moment must not fall before its millisecond."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


Format = Literal["csv", "parquet"]
