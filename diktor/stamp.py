"""The time stamp of a row that replaces another: now, unless the wall clock was set back meanwhile.

The newest row wins in the store, told by its stamp. After a step backwards `now` lies before what is stored already,
and the new row would lose against the one it replaces; so a stamp is always later than the one it follows (Lamport,
1978).
"""

from datetime import UTC, datetime, timedelta

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every row."""

_STEP = timedelta(microseconds=1)


def stamp(after: datetime = NEVER) -> datetime:
    """Now (UTC, µs), or just after the stamp that is replaced."""
    return max(datetime.now(UTC), after + _STEP)
