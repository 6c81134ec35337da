"""Uploads are kept here before anybody is told "taken", so that nothing is lost while ingest is away or we restart.

Archives are unpacked at once. A file of an upload lies in the spool under its row's id until ingest has it.
"""

import asyncio
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from litestar.datastructures import UploadFile
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.archives import Limits, unpacked
from diktor.errors import QueryError
from diktor.settings import Settings
from services.api.access import Principal, Role
from services.api.calls.tables import BatchFileRow, BatchRow
from services.api.problems import problem
from services.api.sql import new_id

PIECE = 1 << 20
LONGEST_NAME = 200
UNKNOWN = "unknown"
"""Whose a call is, where nobody said."""


class Kept(NamedTuple):
    """A file of an upload: where it lies until its row has an id; a problem instead, where it was refused."""

    name: str
    path: Path
    problem: str = ""


def spool_of(settings: Settings) -> Path:
    """This service's spool."""
    return settings.home / "api" / "uploads"


def owner(principal: Principal, operator_id: str | None, team_id: str | None) -> tuple[str, str]:
    """(operator, team) that an upload is of: operators send their own calls, supervisors those of their teams.

    Raises: 403: it would be somebody else's. QueryError: an id that no event may carry.
    """
    for name, text in (("operator_id", operator_id), ("team_id", team_id)):
        if text is not None and (not 1 <= len(text) <= 200 or any(letter < " " for letter in text)):
            raise QueryError(f"{name} is out of contract", "1 to 200 characters, no control characters")
    own = sorted(principal.teams)
    if principal.role in (Role.operator, Role.supervisor):
        if team_id is not None and team_id not in principal.teams:
            raise problem(403, "calls can be sent for one's own teams only", "Leave team_id out, or name one of yours")
        team_id = team_id or (own[0] if len(own) == 1 else None)
    if principal.role is Role.operator:
        if principal.operator_id is None or operator_id not in (None, principal.operator_id):
            raise problem(403, "operators send calls of their own only", "Leave operator_id out")
        operator_id = principal.operator_id
    if principal.role is Role.supervisor and team_id is None:
        raise problem(403, "of which team the calls are is not said", "Name one of your teams in team_id")
    return operator_id or UNKNOWN, team_id or UNKNOWN


def said(key: str) -> str | None:
    """Whose an upload is, as it was said when it began."""
    return None if key == UNKNOWN else key


def digest(files: Sequence[UploadFile], *fields: str | None) -> str:
    """What tells one request from another, without reading the recordings."""
    parts = [*fields, *(f"{file.filename} {_size(file)}" for file in files)]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


async def check_room(session: AsyncSession, settings: Settings, principal: Principal) -> None:
    """Raises: 429: this user's uploads wait already. 503: the spool is full."""
    waiting = select(func.count(), func.coalesce(func.sum(BatchFileRow.size), 0)).where(BatchFileRow.state == "waiting")
    own = waiting.join(BatchRow, BatchRow.id == BatchFileRow.batch_id).where(BatchRow.by == principal.name)
    if (await session.execute(own)).one()[0] >= settings.upload_waiting:
        raise problem(429, "too many of your recordings wait for ingest", "Send more when they are taken", 60)
    if (await session.execute(waiting)).one()[1] >= settings.upload_spool_bytes:
        raise problem(503, "no room for uploads: too many wait for ingest", "Send again when ingest is up", 60)


async def accept(
    session: AsyncSession, settings: Settings, batch: BatchRow, files: Sequence[UploadFile]
) -> list[BatchFileRow]:
    """Keep an upload's files; they are sent when the session is committed.

    Raises:
        QueryError: there are none.
        OSError: they cannot be kept, and none is.
    """
    count = select(func.count()).select_from(BatchFileRow).where(BatchFileRow.batch_id == batch.id)
    most = settings.upload_max_files - (await session.scalar(count) or 0)
    spool = spool_of(settings)
    await asyncio.to_thread(spool.mkdir, parents=True, exist_ok=True)
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=spool, prefix="arriving-"))
    moved: list[Path] = []
    try:
        kept: list[Kept] = []
        for number, file in enumerate(files):
            path = folder / f"upload-{number}"
            await _written(file, path)
            kept += await asyncio.to_thread(_files, _name(file.filename), path, most - len(kept), settings)
        if not kept:
            raise QueryError("the upload holds no recording", "Send one or more as `files`, or a zip archive of them")
        rows = []
        for item in kept:
            row = _row(batch, item, str(spool))
            if not item.problem:
                moved.append(item.path.rename(spool / row.id))
            rows.append(row)
        session.add(batch)
        await session.flush()
        session.add_all(rows)
        await session.flush()
    except BaseException:
        for path in moved:
            path.unlink(missing_ok=True)
        raise
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return rows


def batch_of(
    principal: Principal, whose: tuple[str, str], direction: str, channels: str, started_at: datetime | None
) -> BatchRow:
    """An upload's row."""
    if started_at is not None and started_at.tzinfo is None:
        raise QueryError("started_at has no time zone", "Write it as 2026-11-20T10:00:00+03:00")
    return BatchRow(
        id=new_id(),
        by=principal.name,
        operator_id=whose[0],
        team_id=whose[1],
        direction=direction,
        channels=channels,
        started_at=started_at,
    )


def _files(name: str, path: Path, left: int, settings: Settings) -> list[Kept]:
    if left <= 0:
        return [
            Kept(name, path, f"an upload holds {settings.upload_max_files} recordings at most. Send the rest apart")
        ]
    if not zipfile.is_zipfile(path):
        large = path.stat().st_size > settings.ingest_max_bytes
        return [Kept(name, path, f"it is larger than {settings.ingest_max_bytes} bytes" if large else "")]
    inside = path.with_name(f"{path.name}.d")
    inside.mkdir()
    limits = Limits(left, settings.ingest_max_bytes, settings.upload_spool_bytes)
    return [
        Kept(f"{name}:{item.name}"[-LONGEST_NAME:] if item.name else name, item.path, item.problem)
        for item in unpacked(path, inside, limits)
    ]


def _row(batch: BatchRow, item: Kept, spool: str) -> BatchFileRow:
    return BatchFileRow(
        id=new_id(),
        batch_id=batch.id,
        spool=spool,
        name=item.name,
        size=0 if item.problem else item.path.stat().st_size,
        state="refused" if item.problem else "waiting",
        call_id=None,
        duplicate=False,
        problem=item.problem,
    )


def _name(given: str | None) -> str:
    plain = "".join(letter for letter in PurePosixPath((given or "").replace("\\", "/")).name if letter.isprintable())
    return plain[-LONGEST_NAME:] or "upload"


def _size(file: UploadFile) -> int:
    size = file.file.seek(0, os.SEEK_END)
    file.file.seek(0)
    return size


async def _written(file: UploadFile, path: Path) -> None:
    with path.open("wb") as target:
        while piece := await file.read(PIECE):
            await asyncio.to_thread(target.write, piece)
