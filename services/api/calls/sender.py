"""Sends what lies in the spool to ingest, the only door for recordings, until ingest has said yes or no."""

import asyncio
import contextlib
import logging
from pathlib import Path, PurePosixPath
from typing import Any

import httpx
from sqlalchemy import select

from diktor.errors import UnavailableError
from diktor.settings import Settings
from services.api.calls.tables import BatchFileRow, BatchRow
from services.api.calls.uploads import spool_of
from services.api.sql import Database

log = logging.getLogger(__name__)

AT_ONCE = 3
IDLE_S = 5.0
"""Between looks when nobody wakes it: another process may have committed an upload."""

LONGEST_WAIT_S = 30.0
UPLOAD_S = 600.0
PASSING = (401, 403, 408, 425, 429)
"""What ingest says that is no judgement on the file: a token to be set right, a busy moment; all of 5xx besides."""


class Sender:
    """One per process; `wake` it after an upload."""

    def __init__(self, settings: Settings, database: Database, http: httpx.AsyncClient) -> None:
        self._settings, self._database, self._http = settings, database, http
        self._spool = spool_of(settings)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was put into the spool."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        wait = 0.5
        while True:
            self._woken.clear()
            try:
                while await self._some():
                    wait = 0.5
                pause = IDLE_S
            except Exception as error:  # ingest, SQL or the disk is away: everything is kept and sent later
                log.warning("uploads are sent again in %.1f s: %s", wait, type(error).__name__)
                pause, wait = wait, min(wait * 2, LONGEST_WAIT_S)
                await asyncio.sleep(pause)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def _some(self) -> bool:
        """Send a few, the oldest first; False: nothing waits.

        Raises:
            UnavailableError: ingest does not take them now.
        """
        await self._database.migrate()
        query = (
            select(BatchFileRow, BatchRow)
            .join(BatchRow, BatchRow.id == BatchFileRow.batch_id)
            .where(BatchFileRow.state == "waiting", BatchFileRow.spool == str(self._spool))
            .order_by(BatchFileRow.id)
            .limit(AT_ONCE)
        )
        async with self._database.sessions() as session:
            found = (await session.execute(query)).all()
        results = await asyncio.gather(*(self._one(file, batch) for file, batch in found), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return bool(found)

    async def _one(self, file: BatchFileRow, batch: BatchRow) -> None:
        path = self._spool / file.id
        if path.exists():
            said = await self._sent(path, file, batch)
        else:
            said = {"state": "refused", "problem": "it was lost from this machine's disk. Send it again"}
        async with self._database.sessions() as session:
            row = await session.get(BatchFileRow, file.id)
            if row is not None:
                for name, value in said.items():
                    setattr(row, name, value)
                await session.commit()
        path.unlink(missing_ok=True)

    async def _sent(self, path: Path, file: BatchFileRow, batch: BatchRow) -> dict[str, Any]:
        form = {"operator_id": batch.operator_id, "team_id": batch.team_id, "direction": batch.direction}
        if batch.channels:
            form["channels"] = batch.channels
        if batch.started_at is not None:
            form["started_at"] = batch.started_at.isoformat()
        headers = {"Authorization": f"Bearer {self._settings.ingest_token.get_secret_value()}"}
        name = PurePosixPath(file.name.rpartition(":")[2]).name or "upload"
        try:
            with path.open("rb") as content:
                answer = await self._http.post(
                    f"{self._settings.ingest}/calls",
                    data=form,
                    files={"file": (name, content)},
                    headers=headers,
                    timeout=httpx.Timeout(UPLOAD_S, connect=5.0),
                )
        except httpx.HTTPError as error:
            raise UnavailableError("ingest does not answer", "Is the stack up? diktor status") from error
        if answer.status_code in PASSING or answer.status_code >= 500:
            raise UnavailableError(f"ingest answers {answer.status_code}", "Its log says why; the token may be wrong")
        try:
            body = answer.json()
        except ValueError:
            body = {}
        if answer.is_success:
            return {"state": "sent", "call_id": body["call_id"], "duplicate": bool(body.get("duplicate"))}
        why = ". ".join(str(body[key]) for key in ("detail", "remedy") if body.get(key))
        return {"state": "refused", "problem": why or f"ingest refused it ({answer.status_code})"}
