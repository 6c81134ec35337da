"""The tables of operations."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from services.api.sql.base import Base, JsonB


class AuditRow(Base):
    """Somebody did something. Triggers of the database refuse to change or delete it."""

    __tablename__ = "audit"

    actor: Mapped[str]
    role: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JsonB)
    request_id: Mapped[str]


class UsageRow(Base):
    """How much somebody used of something on a day; the id says who, what and when."""

    __tablename__ = "usage"

    used: Mapped[float]


class IdempotencyRow(Base):
    """A request with an Idempotency-Key, and its answer when there is one; the id is a digest of caller and key."""

    __tablename__ = "idempotency_keys"

    digest: Mapped[str]
    status: Mapped[int | None]
    answer: Mapped[Any | None] = mapped_column(JsonB)
