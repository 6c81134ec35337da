"""`/api/v1/training`: exercises, attempts, progress. Everybody sees their own; progress also who leads them."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

from litestar import Controller, Response, delete, get, post
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.openapi import ResponseSpec
from litestar.params import Body, HeaderParameter, Parameter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.settings import Settings
from diktor.wire import Page
from diktor.wire.training import Attempt, Bests, Criteria, Exercise, Outcome, Progress
from services.api.access import Principal
from services.api.operations import audit
from services.api.problems import missing, problem
from services.api.sql import page_of, utc
from services.api.training import progress, service, shown
from services.api.training.practice import Practice
from services.api.training.tables import AttemptRow

PATH = "/api/v1/training"
MAX_BYTES = 16 * 2**20
"""Two minutes of 48 kHz stereo are 23 MB as WAV; of what browsers record in mono, they are 11 MB."""

LONGEST_WAIT_S = 30.0
IDEMPOTENCY_KEY = HeaderParameter(name="Idempotency-Key", min_length=1, max_length=200)
PIECE = 1 << 18
AUDIO = "application/octet-stream"


@dataclass
class AttemptForm:
    """A recording of the exercise's text, in any codec."""

    file: UploadFile


class TrainingController(Controller):
    """Practising with tongue twisters."""

    path = "/training"
    tags = ("training",)

    @post("/exercises", operation_id="training_create_exercise", summary="A text that meets criteria")
    async def create_exercise(
        self, data: Criteria, principal: Principal, session: AsyncSession, settings: Settings
    ) -> Exercise:
        """One that this user has not seen, as long as there are any."""
        model = service.language_model(settings)
        return shown.exercise(await service.give(session, _user(principal), data, model))

    @get("/exercises/{exercise_id:str}", operation_id="training_get_exercise", summary="An exercise of one's own")
    async def get_exercise(self, exercise_id: str, principal: Principal, session: AsyncSession) -> Exercise:
        """As it was given."""
        return shown.exercise(await service.exercise_of(session, _user(principal), exercise_id))

    @post(
        "/exercises/{exercise_id:str}/attempts",
        operation_id="training_create_attempt",
        summary="A recording of the exercise's text",
        status_code=202,
        request_max_body_size=MAX_BYTES,
    )
    async def create_attempt(
        self,
        exercise_id: str,
        data: Annotated[AttemptForm, Body(media_type=RequestEncodingType.MULTI_PART)],
        principal: Principal,
        session: AsyncSession,
        settings: Settings,
        state: State,
        idempotency_key: Annotated[str | None, IDEMPOTENCY_KEY] = None,
    ) -> Response[Attempt]:
        """It is kept, and judged in the background: ask for it again, with `wait_s`."""
        practice: Practice = state.practice
        exercise = await service.exercise_of(session, _user(principal), exercise_id)
        intake = service.Intake(practice.takes, settings.attempts_waiting)
        async with _spooled(data.file) as recording:
            row = await intake.take(session, exercise, recording, idempotency_key)
        headers = {"Location": f"{PATH}/attempts/{row.id}"}
        return Response(shown.attempt(row), headers=headers, background=BackgroundTask(practice.poke))

    @get("/attempts", operation_id="training_list_attempts", summary="One's own attempts, newest first")
    async def list_attempts(
        self,
        principal: Principal,
        session: AsyncSession,
        exercise_id: str | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
        cursor: str | None = None,
    ) -> Page[Attempt]:
        """Filters add up."""
        query = select(AttemptRow).where(AttemptRow.user_id == _user(principal))
        if exercise_id is not None:
            query = query.where(AttemptRow.exercise_id == exercise_id)
        if outcome is not None:
            query = query.where(AttemptRow.outcome == outcome)
        if since is not None:
            query = query.where(AttemptRow.created_at >= utc(since))
        if until is not None:
            query = query.where(AttemptRow.created_at < utc(until))
        return await page_of(session, query, AttemptRow, shown.attempt, limit, cursor)

    @get("/attempts/{attempt_id:str}", operation_id="training_get_attempt", summary="An attempt and what it came to")
    async def get_attempt(
        self,
        attempt_id: str,
        principal: Principal,
        session: AsyncSession,
        state: State,
        wait_s: Annotated[float, Parameter(ge=0, le=LONGEST_WAIT_S)] = 0.0,
    ) -> Attempt:
        """While it is waiting the answer is held back until it is judged, for `wait_s` at most."""
        practice: Practice = state.practice
        end = monotonic() + wait_s
        row = await service.attempt_of(session, _user(principal), attempt_id)
        while row.state == "waiting" and (left := end - monotonic()) > 0:
            await session.rollback()  # what others write is seen in a new transaction only
            await practice.judged(min(left, 1.0))
            session.expire_all()
            row = await service.attempt_of(session, _user(principal), attempt_id)
        return shown.attempt(row)

    @get(
        "/attempts/{attempt_id:str}/audio",
        operation_id="training_get_attempt_audio",
        summary="The recording of one's own attempt",
        media_type=AUDIO,
        responses={200: ResponseSpec(bytes, media_type=AUDIO, description="the file as it was sent")},
    )
    async def get_attempt_audio(
        self, attempt_id: str, principal: Principal, session: AsyncSession, state: State
    ) -> Response[bytes]:
        """Nobody else may listen to it."""
        practice: Practice = state.practice
        row = await service.attempt_of(session, _user(principal), attempt_id)
        try:
            content = await service.recording_of(practice.takes, row)
        except FileNotFoundError:
            missing("recording of this attempt any more")
        await audit.record(session, principal, "training.listen", subject=attempt_id)
        return Response(content, media_type=AUDIO, headers={"X-Content-Type-Options": "nosniff"})

    @delete("/attempts/{attempt_id:str}", operation_id="training_delete_attempt", summary="Delete one's own attempt")
    async def delete_attempt(self, attempt_id: str, principal: Principal, session: AsyncSession, state: State) -> None:
        """With its recording, for good."""
        practice: Practice = state.practice
        row = await service.attempt_of(session, _user(principal), attempt_id)
        await service.delete(session, practice.takes, row)
        await audit.record(session, principal, "training.delete", subject=attempt_id)

    @get("/progress", operation_id="training_get_progress", summary="Mastery over time")
    async def get_progress(
        self,
        principal: Principal,
        session: AsyncSession,
        user_id: str | None = None,
        operator_id: str | None = None,
        days: Annotated[int, Parameter(ge=1, le=3650)] = 90,
    ) -> Progress:
        """One's own, or of a user or an operator (by the id of calls) whom one leads."""
        user = await service.seen_user(session, principal, user_id, operator_id)
        return Progress(user_id=user, days=await progress.days(session, user, days))

    @get("/bests", operation_id="training_get_bests", summary="Personal bests")
    async def get_bests(self, principal: Principal, session: AsyncSession, user_id: str | None = None) -> Bests:
        """One's own, or of a user whom one leads."""
        user = await service.seen_user(session, principal, user_id)
        return Bests(user_id=user, bests=await progress.bests(session, user))


def _user(principal: Principal) -> str:
    return principal.user_id or missing("training of a service")


@asynccontextmanager
async def _spooled(upload: UploadFile) -> AsyncIterator[Path]:
    """The upload as a file of its own, while the block runs.

    Raises:
        413: it is too large.
        422: it is empty.
    """
    with tempfile.NamedTemporaryFile(prefix="diktor-attempt-") as file:
        size = 0
        while piece := await upload.read(PIECE):
            size += len(piece)
            if size > MAX_BYTES:
                raise problem(413, "the recording is too large", f"Send {MAX_BYTES >> 20} MiB at most")
            file.write(piece)
        file.flush()
        if not size:
            raise problem(422, "the recording is empty", "Send a file with sound in it")
        yield Path(file.name)
