"""The tables of uploads and of erasures."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.api.sql.base import Base, DateTimeUTC


class BatchRow(Base):
    """An upload: who sent it, and what it says of all of its files."""

    __tablename__ = "batches"

    by: Mapped[str] = mapped_column(index=True)
    operator_id: Mapped[str]
    team_id: Mapped[str]
    direction: Mapped[str]
    channels: Mapped[str]
    started_at: Mapped[datetime | None] = mapped_column(DateTimeUTC)


class BatchFileRow(Base):
    """A file of an upload; its id names it in the spool (`spool`: whose disk that is) while it waits for ingest."""

    __tablename__ = "batch_files"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), index=True)
    spool: Mapped[str]
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(index=True)
    call_id: Mapped[str | None] = mapped_column(index=True)
    duplicate: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str] = mapped_column(default="")


class ErasureRow(Base):
    """The ledger: what was to be erased. The subject stands in clear, for without it nothing could be erased again."""

    __tablename__ = "erasures"

    kind: Mapped[str]
    subject: Mapped[str]
    by: Mapped[str]
    applied_at: Mapped[datetime | None] = mapped_column(DateTimeUTC)


class ErasedCallRow(Base):
    """A call that an erasure found: late windows of it carry no operator to find them by."""

    __tablename__ = "erased_calls"

    erasure_id: Mapped[str] = mapped_column(ForeignKey("erasures.id", ondelete="CASCADE"), index=True)
    call_id: Mapped[str]
