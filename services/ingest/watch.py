"""The watched folder, what is published again at the start, and what has been kept long enough.

A file is taken when its size stood still between two looks. Taken ones go to `done/`, refused ones to `refused/` with
the reason beside them: nothing is looked at twice, nothing is lost.
"""

import asyncio
import contextlib
import logging
import shutil
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


async def _expire(recordings: Recordings, kept: timedelta) -> None:
    while True:
        try:
            if count := await asyncio.to_thread(recordings.expire, datetime.now(UTC) - kept):
                log.info("deleted %d recordings older than %d days", count, kept.days)
        except OSError:
            log.exception("old recordings are deleted later")
        await asyncio.sleep(EXPIRY_EVERY_S)


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
