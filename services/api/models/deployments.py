"""Deployments: each runs as `diktor release …` in a process of its own, and its row says how it stands.

The golden windows are computed with the release's networks in memory, and a deployment waits for the one before it:
both are nothing for the process that answers requests.
"""

import asyncio
import logging
import os
import signal
import sys
from datetime import timedelta
from http import HTTPStatus

import msgspec
from litestar.datastructures import State
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.settings import Settings
from diktor.wire.models import Action, Deployment, NewDeployment
from services.api.access import Principal
from services.api.models.tables import DeploymentRow
from services.api.problems import problem
from services.api.sql import Database, now

log = logging.getLogger(__name__)

LONGEST = timedelta(minutes=10)
"""A deployment that takes longer is ended."""

GRACE_S = 10.0
"""What a deployment may take to put things back when the service ends."""


class Deployments:
    """Those that this process runs."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, session: AsyncSession, principal: Principal, asked: NewDeployment) -> DeploymentRow:
        """Begin one; the session is committed.

        Raises:
            409: another one is running.
            422: the action needs other fields.
        """
        arguments = _arguments(asked)
        query = select(DeploymentRow).where(
            DeploymentRow.state == "running", DeploymentRow.created_at > now() - LONGEST
        )
        if other := await session.scalar(query.limit(1)):
            raise problem(HTTPStatus.CONFLICT, f"deployment {other.id} is running", "Wait until it has ended")
        row = DeploymentRow(
            action=asked.action.value, release=asked.release, share=asked.share, by=principal.name, state="running"
        )
        row.problem, row.seconds = "", {}
        session.add(row)
        await session.commit()
        task = asyncio.create_task(self._run(row.id, arguments))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return row

    async def close(self) -> None:
        """End those that run: they put back what they did."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, deployment: str, arguments: list[str]) -> None:
        try:
            async with asyncio.timeout(LONGEST.total_seconds()):
                failure, seconds = await self._command(arguments)
        except TimeoutError:
            failure, seconds = "it took too long and was ended", {}
        except asyncio.CancelledError:
            await asyncio.shield(self._ended(deployment, "the service ended before it did", {}))
            raise
        except OSError as error:
            failure, seconds = f"it could not be started: {error.strerror}", {}
        await self._ended(deployment, failure, seconds)

    async def _command(self, arguments: list[str]) -> tuple[str, dict[str, float]]:
        """Why it failed, if it did, and how long its steps took."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "diktor", "release", *arguments, "--json",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self._settings.environment()}, start_new_session=True,
        )  # fmt: skip
        try:
            out, errors = await process.communicate()
        except asyncio.CancelledError:
            await _interrupt(process)
            raise
        if process.returncode:
            lines = errors.decode(errors="replace").strip().splitlines()
            return (lines[-1].removeprefix("diktor: ") if lines else f"it ended with {process.returncode}"), {}
        told = msgspec.json.decode(out.strip().splitlines()[-1], type=dict[str, object])
        return "", msgspec.convert(told.get("seconds", {}), dict[str, float])

    async def _ended(self, deployment: str, failure: str, seconds: dict[str, float]) -> None:
        log.info("a deployment ended", extra={"deployment": deployment, "failure": failure})
        async with self._database.sessions() as session:
            row = await session.get_one(DeploymentRow, deployment)
            row.state, row.problem = ("failed" if failure else "done"), failure
            row.seconds, row.ended_at = seconds, now()
            await session.commit()


async def provide_deployments(state: State) -> Deployments:
    """Those of this process."""
    found: Deployments = state.deployments
    return found


def shown(row: DeploymentRow) -> Deployment:
    """One that is running for longer than any may is lost: its service was killed."""
    lost = row.state == "running" and row.created_at < now() - LONGEST - timedelta(seconds=GRACE_S)
    return msgspec.convert(
        {
            "id": row.id,
            "action": row.action,
            "release": row.release,
            "share": row.share,
            "state": "lost" if lost else row.state,
            "by": row.by,
            "started_at": row.created_at,
            "ended_at": row.ended_at,
            "problem": row.problem,
            "seconds": row.seconds,
        },
        Deployment,
    )


def _arguments(asked: NewDeployment) -> list[str]:
    """What `diktor release` is told."""
    wrong = []
    if (asked.release is None) != (asked.action is Action.roll_back):
        wrong.append("release: roll_back takes none, every other action needs one")
    if asked.share is not None and asked.action is not Action.shadow:
        wrong.append("share: only shadow takes one")
    if wrong:
        raise problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(wrong), "Send what the action needs")
    number = str(asked.release)
    match asked.action:
        case Action.activate:
            return ["deploy", number]
        case Action.roll_back:
            return ["roll-back"]
        case Action.shadow:
            return ["deploy", number, "--shadow", *(["--share", str(asked.share)] if asked.share else [])]
        case Action.load:
            return ["deploy", number, "--no-activate"]
        case Action.unload:
            return ["unload", number]


async def _interrupt(process: asyncio.subprocess.Process) -> None:
    """As Ctrl-C does: what was loaded is unloaded."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(GRACE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
