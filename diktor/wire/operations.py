"""Operations on the wire: what is up, and who did what."""

from datetime import datetime
from typing import Any, Literal

import msgspec


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`down`: the parts that do not answer, each with why. Degraded: what does not need them is served."""

    status: Literal["ready", "degraded", "away"]
    down: dict[str, str] = {}


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Calls, their recordings and those of training are deleted after so many days; the audit log stays."""

    days: int


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody (`user:ID` or `token:ID`) did something to a subject."""

    id: str
    at: datetime
    actor: str
    role: str
    action: str
    subject: str
    detail: dict[str, Any]
    request_id: str
