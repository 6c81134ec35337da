"""The table of deployments."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from services.api.sql.base import Base, DateTimeUTC, JsonB


class DeploymentRow(Base):
    """A deployment that somebody asked for, and what came of it."""

    __tablename__ = "deployments"

    action: Mapped[str]
    release: Mapped[int | None]
    share: Mapped[float | None]
    state: Mapped[str] = mapped_column(default="running")
    by: Mapped[str]
    ended_at: Mapped[datetime | None] = mapped_column(DateTimeUTC)
    problem: Mapped[str] = mapped_column(default="")
    seconds: Mapped[dict[str, Any]] = mapped_column(JsonB, default=dict)
