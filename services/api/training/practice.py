"""Judges attempts that wait, one at a time, in the background of the service.

The table is the queue: an attempt that was taken in is judged after a restart, by whichever process claims it. While
Triton or the recogniser is away it waits; a recording that fails its judge three times is given up, and told so.
"""

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
from litestar import Litestar
from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.audio.isolated import Limits
from diktor.errors import ReleaseError, UnavailableError, told
from diktor.exercises.attempt import Judge, Judgement, refused
from diktor.exercises.listener import Listener
from diktor.exercises.store import Takes
from diktor.settings import Settings
from diktor.wire.training import Criteria
from services.api.parts import Parts
from services.api.sql import Database, now
from services.api.training.tables import AttemptRow

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)
"""Who has not finished by then is taken to be dead."""

AGAIN = timedelta(seconds=10)
TRIES = 3
LOOK_EVERY_S = 5.0
"""Without being told of one, another process' attempts are looked for."""

TIDY_EVERY = timedelta(hours=1)


class Practice:
    """The background of one service."""

    def __init__(self, settings: Settings, database: Database, parts: Parts) -> None:
        self._settings, self._database, self._parts = settings, database, parts
        self.takes = Takes(settings.recordings_url)
        self._listener = Listener(settings.whisper, settings.whisper_threads)
        self._news, self._judged = asyncio.Event(), asyncio.Condition()
        self._stopping = asyncio.Event()
        self._tidied = now() - TIDY_EVERY

    async def poke(self) -> None:
        """An attempt was taken in."""
        self._news.set()

    async def judged(self, within_s: float) -> None:
        """Wait until some attempt is judged here, no longer than that."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s), self._judged:
                await self._judged.wait()

    def stop(self) -> None:
        """Judge no more: what is being judged is given back."""
        self._stopping.set()
        self._news.set()

    async def run(self) -> None:
        """Judge until stopped."""
        while not self._stopping.is_set():
            try:
                await self._database.migrate()
                await self._tidy()
                if await self.one():
                    continue
            except (UnavailableError, ReleaseError, SQLAlchemyError, OSError) as error:
                log.warning("attempts wait: %s", told(error))
            if not self._stopping.is_set():
                self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._news.wait()

    async def one(self) -> bool:
        """Judge the attempt that has waited longest, if there is one.

        Raises:
            UnavailableError, ReleaseError: it cannot be judged now, and waits again.
        """
        async with self._database.sessions() as session:
            row = await self._claimed(session)
        if row is None:
            return False
        try:
            judgement = refused("failed") if row.tries > TRIES else await self._unless_stopped(row)
        except (UnavailableError, ReleaseError):
            await self._later(row.id, row.tries - 1, AGAIN)
            raise
        except asyncio.CancelledError:
            await self._later(row.id, row.tries - 1, timedelta(0))
            return False
        except Exception as error:  # whatever it is, the next one must not wait for it
            log.error("an attempt failed", exc_info=error)
            await self._later(row.id, row.tries, AGAIN)
            return True
        await self._finish(row.id, judgement)
        async with self._judged:
            self._judged.notify_all()
        return True

    async def close(self) -> None:
        """End the recogniser."""
        await self._listener.close()

    async def _unless_stopped(self, row: AttemptRow) -> Judgement:
        """Raises: CancelledError: the service stops."""
        judging, stopping = asyncio.create_task(self._judge(row)), asyncio.create_task(self._stopping.wait())
        await asyncio.wait({judging, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not judging.done():
            judging.cancel()
        return await judging

    async def _judge(self, row: AttemptRow) -> Judgement:
        limits = Limits(self._settings.decode_bytes, self._settings.decode_seconds)
        judge = Judge(self._parts.checker(), self._listener, limits)
        sounds = msgspec.convert(row.exercise.criteria, Criteria).sounds
        with tempfile.TemporaryDirectory(prefix="diktor-attempt-") as folder:
            recording = Path(folder) / "recording"
            try:
                await asyncio.to_thread(self.takes.fetch, row.id, recording)
            except FileNotFoundError:
                return refused("failed")
            return await judge.judge(recording, Path(folder), row.exercise.text, sounds)

    async def _claimed(self, session: AsyncSession) -> AttemptRow | None:
        free = or_(AttemptRow.claimed_until.is_(None), AttemptRow.claimed_until < now())
        waiting = (AttemptRow.state == "waiting", free)
        first = await session.scalar(select(AttemptRow.id).where(*waiting).order_by(AttemptRow.id).limit(1))
        if first is None:
            return None
        claim = update(AttemptRow).where(AttemptRow.id == first, *waiting)
        found = await session.execute(claim.values(claimed_until=now() + CLAIM, tries=AttemptRow.tries + 1))
        await session.commit()
        if not isinstance(found, CursorResult) or found.rowcount != 1:
            return None
        return await session.get(AttemptRow, first)

    async def _later(self, attempt_id: str, tries: int, wait: timedelta) -> None:
        await self._change(attempt_id, claimed_until=now() + wait, tries=tries)

    async def _finish(self, attempt_id: str, judgement: Judgement) -> None:
        figures = {part.part: part.mastery for part in judgement.parts}
        await self._change(
            attempt_id,
            state="done",
            claimed_until=None,
            outcome=judgement.outcome,
            judgement=msgspec.to_builtins(judgement),
            total=judgement.mastery,
            **figures,
        )

    async def _change(self, attempt_id: str, **values: object) -> None:
        """Of one that was deleted meanwhile nothing is written."""
        async with self._database.sessions() as session:
            await session.execute(update(AttemptRow).where(AttemptRow.id == attempt_id).values(**values))
            await session.commit()

    async def _tidy(self) -> None:
        """Recordings older than the retention are deleted; what was judged stays."""
        if now() - self._tidied < TIDY_EVERY:
            return
        oldest = now() - timedelta(days=self._settings.retention_days)
        async with self._database.sessions() as session:
            query = select(AttemptRow).where(AttemptRow.audio, AttemptRow.created_at < oldest)
            for row in await session.scalars(query):
                await asyncio.to_thread(self.takes.delete, row.id)
                row.audio = False
            await session.commit()
        self._tidied = now()


@contextlib.asynccontextmanager
async def practising(app: Litestar) -> AsyncIterator[None]:
    """A service's background, from its start to its end; `app.state.practice`."""
    practice = app.state.practice = Practice(app.state.settings, app.state.database, app.state.parts)
    running = asyncio.create_task(practice.run())
    try:
        yield
    finally:
        practice.stop()
        await running
        await practice.close()
