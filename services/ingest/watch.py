"""The watched folder, what is published again at the start, and what has been kept long enough.

A file is taken when its size stood still between two looks. Taken ones go to `done/`, refused ones to `refused/` with
the reason beside them: nothing is looked at twice, nothing is lost.
"""

import asyncio
import contextlib
import logging
import shutil
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from diktor.errors import DiktorError
from diktor.recordings import Recordings
from diktor.settings import Settings
from services.ingest.intake import Intake, Offer

log = logging.getLogger(__name__)

EVERY_S = 1.0
EXPIRY_EVERY_S = 3600.0
SETTLED_S = 600.0
"""Before the first look at what is too old: a clock that is wrong at the start is set right within minutes."""

STEP_S = 60.0
"""A wall clock that moved so much against the monotonic one was set."""


class Tasks:
    """What runs beside the HTTP door."""

    def __init__(self, *work: Coroutine[Any, Any, None]) -> None:
        self._tasks = [asyncio.create_task(item) for item in work]

    async def stop(self) -> None:
        """End it."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def watch(intake: Intake, recordings: Recordings, settings: Settings) -> Tasks:
    """Begin: republish what is owed, delete what is too old, and watch the folder if one is set."""
    work = [_owed(intake), _expire(recordings, timedelta(days=settings.retention_days))]
    if settings.ingest_watch is not None:
        work.append(_watch(intake, settings.ingest_watch))
    return Tasks(*work)


async def _owed(intake: Intake) -> None:
    if count := await intake.republish():
        log.info("publishing %d recordings again", count)


class Steps:
    """Tells when the wall clock was set."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def since(self) -> float:
        """By how many seconds, since this was last asked."""
        before, self._ahead = self._ahead, time.time() - time.monotonic()
        return self._ahead - before


async def _expire(recordings: Recordings, kept: timedelta, every_s: float = EXPIRY_EVERY_S) -> None:
    steps = Steps()
    await asyncio.sleep(min(SETTLED_S, every_s))
    while True:
        if abs(step := steps.since()) > STEP_S:
            log.warning("the clock was set by %.0f s: nothing is deleted before it has gone on by itself", step)
            await asyncio.sleep(every_s)
            continue
        try:
            if count := await asyncio.to_thread(recordings.expire, datetime.now(UTC) - kept):
                log.info("deleted %d recordings older than %d days", count, kept.days)
        except OSError:
            log.exception("old recordings are deleted later")
        await asyncio.sleep(every_s)


async def _watch(intake: Intake, folder: Path) -> None:
    sizes: dict[Path, int] = {}
    while True:
        try:
            sizes = await _look(intake, folder, sizes)
        except Exception:  # a full disk, a file taken away, a store that is away: the watch goes on
            log.exception("the watched folder is looked at again")
        await asyncio.sleep(EVERY_S)


async def _look(intake: Intake, folder: Path, before: dict[Path, int]) -> dict[Path, int]:
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    now = {path: path.stat().st_size for path in files}
    for path in (path for path in files if before.get(path) == now[path]):
        await asyncio.create_task(_take(intake, path, folder))  # its call is that of its own log lines only
    return now


async def _take(intake: Intake, path: Path, folder: Path) -> None:
    try:
        await intake.take(path, Offer(file_name=path.name))
    except DiktorError as error:
        target = _moved(path, folder / "refused")
        target.with_name(target.name + ".reason.txt").write_text(f"{error}\n")
        log.warning("a file of the watched folder was refused, its reason lies beside it")
    else:
        _moved(path, folder / "done")


def _moved(path: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return Path(shutil.move(path, folder / path.name))
