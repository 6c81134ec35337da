"""A call's row: as it begins, and as it is judged."""

from datetime import UTC, datetime

import msgspec

from diktor.releases import Release
from diktor.rows import CallRow
from diktor.scoring.verdict import verdicts
from diktor.stamp import NEVER
from services.scorer.parts import Parts
from services.scorer.retry import until_available

UNKNOWN = "unknown"
"""Operator and team of a call whose `started` never came."""


def begun(call_id: str, partition: int, release: Release) -> CallRow:
    """The row of a call that nothing is known of but its release."""
    return CallRow(
        call_id=call_id,
        operator_id=UNKNOWN,
        team_id=UNKNOWN,
        direction=UNKNOWN,
        source=UNKNOWN,
        started_at=datetime.now(UTC),
        channels=(),
        release=release.number,
        partition=partition,
        status="open",
        reason="",
        verdicts=(),
        updated_at=NEVER,
    )


async def judged(parts: Parts, row: CallRow, release: Release, reason: str) -> CallRow:
    """The finished row of a call: its verdict from the stored windows, so that any worker can compute it again."""
    windows = await until_available("reading a call's windows", lambda: parts.store.windows_of(row.call_id))
    return msgspec.structs.replace(row, status="scored", reason=reason, verdicts=verdicts(windows, release))
