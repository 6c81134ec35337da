"""The ledger of erasures: written first, applied then, and applied again for good, whatever brings calls back."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.erasure import Eraser, Kind, Subject
from diktor.exercises.store import Takes
from diktor.recordings import Recordings
from diktor.settings import Settings
from diktor.store.erase import Remains
from services.api.access import Principal
from services.api.calls.tables import BatchFileRow, ErasedCallRow, ErasureRow
from services.api.parts import Parts
from services.api.sql import Database, new_id, now
from services.api.training import service as practised

log = logging.getLogger(__name__)

EVERY_S = 60.0
YOUNG = timedelta(days=1)
"""Recordings of calls that were erased lately are looked for with every sweep, of older ones only at the start."""


class Ledger:
    """Erasures: entered, applied, swept again and again."""

    def __init__(self, settings: Settings, database: Database, parts: Parts, recordings: Recordings) -> None:
        self._settings, self._database, self._parts, self._recordings = settings, database, parts, recordings
        self._one_at_a_time = asyncio.Lock()

    async def enter(self, session: AsyncSession, principal: Principal, kind: Kind, subject: str) -> ErasureRow:
        """Write down what is to be erased; committed, so that it is applied sooner or later, come what may."""
        row = ErasureRow(id=new_id(), kind=kind, subject=subject, by=principal.name, applied_at=None)
        session.add(row)
        await session.flush()
        return row

    async def apply(self, rows: Sequence[ErasureRow], *, thorough: bool = True) -> int:
        """Erase what entries mean, as far as anything is left or has come back; how many calls that were.

        Not `thorough`: recordings without a row in ClickHouse are not looked for.

        Raises:
            UnavailableError: ClickHouse is away; OSError: the recordings store is. Nothing is lost: apply it again.
        """
        async with self._one_at_a_time:
            eraser = Eraser(self._recordings, Remains(await self._parts.clickhouse(), self._settings))
            said: dict[str, datetime] = {}
            for row in sorted(rows, key=lambda row: row.created_at):
                subject = Subject(row.kind, row.subject, row.created_at)  # type: ignore[arg-type]  # written here only
                found = await eraser.calls_of(subject, recorded=thorough)
                said |= dict.fromkeys(found | await self._noted(row, found), row.created_at)
            erased = await eraser.erase(said, recorded=thorough)
            await self._attempts(rows)
            await self._done([row.id for row in rows], erased)
        return len(erased)

    async def again(self, *, thorough: bool) -> int:
        """Apply the whole ledger; how many calls had come back, or were never erased.

        Raises: as `apply`.
        """
        await self._database.migrate()
        async with self._database.sessions() as session:
            rows = list((await session.scalars(select(ErasureRow))).all())
        young = now() - YOUNG
        lately = [row for row in rows if thorough or row.created_at > young or row.applied_at is None]
        others = [row for row in rows if row not in lately]
        count = await self.apply(lately) if lately else 0
        return count + (await self.apply(others, thorough=False) if others else 0)

    async def run(self) -> None:
        """The whole ledger at the start, then a sweep a minute; until cancelled."""
        thorough = True
        while True:
            try:
                if count := await self.again(thorough=thorough):
                    log.warning("erased %d calls that an erasure had not reached yet, or that had come back", count)
                thorough = False
            except Exception as error:  # a part is away: the ledger waits
                log.warning("erasures are applied later: %s", type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def _attempts(self, rows: Sequence[ErasureRow]) -> None:
        """What an operator practised before the erasure."""
        takes = Takes(self._settings.recordings_url)
        async with self._database.sessions() as session:
            for row in rows:
                if row.kind == "operator":
                    await practised.erase(session, takes, row.subject, row.created_at)
            await session.commit()

    async def _noted(self, row: ErasureRow, found: frozenset[str]) -> frozenset[str]:
        """The calls that an erasure of a person found before; new ones are written down before they are erased."""
        if row.kind == "call":
            return frozenset()
        async with self._database.sessions() as session:
            query = select(ErasedCallRow.call_id).where(ErasedCallRow.erasure_id == row.id)
            known = frozenset((await session.scalars(query)).all())
            if new := sorted(found - known):
                rows = [{"id": new_id(), "created_at": now(), "erasure_id": row.id, "call_id": one} for one in new]
                await session.execute(insert(ErasedCallRow), rows)
                await session.commit()
        return known

    async def _done(self, ids: Sequence[str], erased: frozenset[str]) -> None:
        async with self._database.sessions() as session:
            if ids:
                open_ = (ErasureRow.id.in_(ids), ErasureRow.applied_at.is_(None))
                await session.execute(update(ErasureRow).where(*open_).values(applied_at=now()))
            for call_id in erased:
                gone = update(BatchFileRow).where(BatchFileRow.call_id == call_id)
                await session.execute(gone.values(state="erased", name="", problem=""))
            await session.commit()


def erase_again(settings: Settings) -> int:
    """Apply the whole ledger, after a backup was put back; how many calls were erased.

    Raises:
        UnavailableError: SQL or ClickHouse is away.
    """

    async def run() -> int:
        database = Database(settings)
        parts = Parts(settings, database)
        try:
            return await Ledger(settings, database, parts, Recordings(settings.recordings_url)).again(thorough=True)
        finally:
            await parts.close()
            await database.close()

    return asyncio.run(run())
