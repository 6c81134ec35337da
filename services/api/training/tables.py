"""The tables of training."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.api.sql.base import Base, DateTimeUTC, JsonB


class ExerciseRow(Base):
    """A text that was given to a user; `key` tells texts apart."""

    __tablename__ = "exercises"
    __table_args__ = (Index("ix_exercises_user_id_key", "user_id", "key"),)

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    text: Mapped[str]
    key: Mapped[str]
    origin: Mapped[str]
    criteria: Mapped[dict[str, Any]] = mapped_column(JsonB)


class AttemptRow(Base):
    """An attempt: `waiting` until it is judged, then `done` with an outcome.

    Whoever judges it has claimed it until a time, after which another may. `tries` counts claims, so that a recording
    that ends its judge is given up. `audio`: its recording is still there.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key", name="uq_attempts_user_id_idempotency_key"),
        Index("ix_attempts_state_claimed_until", "state", "claimed_until"),
    )

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    exercise_id: Mapped[str] = mapped_column(ForeignKey("exercises.id", ondelete="CASCADE"), index=True)
    idempotency_key: Mapped[str | None]
    digest: Mapped[str]
    audio: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(default="waiting")
    claimed_until: Mapped[datetime | None] = mapped_column(DateTimeUTC)
    tries: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None]
    judgement: Mapped[dict[str, Any] | None] = mapped_column(JsonB)
    total: Mapped[float | None]
    r: Mapped[float | None]
    g: Mapped[float | None]
    fluency: Mapped[float | None]
    tempo: Mapped[float | None]
    completeness: Mapped[float | None]
    exercise: Mapped[ExerciseRow] = relationship(lazy="joined", innerjoin=True)
