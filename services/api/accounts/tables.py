"""The tables of accounts. Secrets are kept as digests: none can be read back."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.api.sql.base import Base, DateTimeUTC, JsonB, now

user_teams = Table(
    "user_teams",
    Base.metadata,
    Column("user_id", String, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("team_id", String, ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
)
"""Whose calls a supervisor sees; where an operator belongs."""


class TeamRow(Base):
    """A team; its id is that of the events of calls."""

    __tablename__ = "teams"

    title: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)


class UserRow(Base):
    """A user. `version` is in every access token: raised, all of them are void."""

    __tablename__ = "users"

    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    role: Mapped[str]
    operator_id: Mapped[str | None]
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=0)
    teams: Mapped[list[TeamRow]] = relationship(secondary=user_teams, lazy="selectin", order_by=TeamRow.id)


class SessionRow(Base):
    """Who logged in, once: a family of refresh tokens, of which the newest alone is valid."""

    __tablename__ = "sessions"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    refresh_hash: Mapped[str]
    refreshed_at: Mapped[datetime | None] = mapped_column(DateTimeUTC)
    expires_at: Mapped[datetime] = mapped_column(DateTimeUTC)
    revoked_at: Mapped[datetime | None] = mapped_column(DateTimeUTC)
    user: Mapped[UserRow] = relationship(lazy="joined", innerjoin=True)


class ServiceTokenRow(Base):
    """A token for a program."""

    __tablename__ = "service_tokens"

    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(JsonB)
    secret_hash: Mapped[str]
    expires_at: Mapped[datetime | None] = mapped_column(DateTimeUTC)
    revoked_at: Mapped[datetime | None] = mapped_column(DateTimeUTC)
    used_at: Mapped[datetime | None] = mapped_column(DateTimeUTC)


class LoginFailureRow(Base):
    """Log-ins that failed since the last one that did not; the id is a digest of whose they were."""

    __tablename__ = "login_failures"

    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(DateTimeUTC, default=now)
