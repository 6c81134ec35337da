"""What every table is made of: ids that sort by time, times in UTC."""

import secrets
import time
from datetime import UTC, datetime

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.types import DateTimeUTC, JsonB
from sqlalchemy.orm import Mapped, mapped_column

from diktor.errors import QueryError

__all__ = ["Base", "DateTimeUTC", "JsonB", "new_id", "now", "utc"]

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """An opaque id of 26 letters: milliseconds since 1970 (48 bits), then 80 random bits (https://github.com/ulid/spec)."""
    value = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return "".join(_DIGITS[value >> shift & 31] for shift in range(125, -1, -5))


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def utc(moment: datetime) -> datetime:
    """A moment that was asked for; without an offset it is meant in UTC.

    Raises:
        QueryError: it is beyond the years that are counted.
    """
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise QueryError("a time lies before the year 1 or after 9999", "Send a time of these years") from error


class Base(DefaultBase):
    """A row with an opaque id and the time it was made. Newest first is the order of descending ids."""

    __abstract__ = True

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(DateTimeUTC, default=now)
