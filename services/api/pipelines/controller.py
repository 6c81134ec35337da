"""The pipeline over HTTP: supervisors may look, administrators start and go on."""

import asyncio
from functools import partial
from typing import Annotated

from litestar import Controller, get, post
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from diktor.settings import Settings
from diktor.wire import Page
from diktor.wire.pipelines import NewRun, Pipeline, Retry, Run, RunDetail
from services.api.access import Principal, Role, at_least
from services.api.operations import audit
from services.api.pipelines import runs

ADMIN = at_least(Role.admin)
FURTHEST = 10_000
"""So many runs back can be looked at."""


class PipelineController(Controller):
    """What Airflow can run, and how far its runs are."""

    path = "/pipelines"
    tags = ("pipelines",)
    guards = (at_least(Role.supervisor),)

    @get(operation_id="pipelines_list", summary="What can be run, with the parameters of each")
    async def list_pipelines(self, settings: Settings) -> Page[Pipeline]:
        """A parameter's `schema` is JSON Schema."""
        return await asyncio.to_thread(runs.asked, settings, runs.pipelines)

    @get("/runs", operation_id="pipelines_list_runs", summary="Runs, the newest first")
    async def list_runs(
        self,
        settings: Settings,
        pipeline: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=100)] = 20,
        cursor: Annotated[int, Parameter(ge=0, le=FURTHEST)] = 0,
    ) -> Page[Run]:
        """Of one pipeline, or of all. The cursor counts runs: one that begins meanwhile moves the others on."""
        question = partial(runs.runs, pipeline=pipeline, limit=limit, offset=cursor)
        return await asyncio.to_thread(runs.asked, settings, question)

    @post(
        "/{pipeline:str}/runs", operation_id="pipelines_start", summary="Start a run", status_code=202, guards=[ADMIN]
    )
    async def start(
        self, data: NewRun, session: AsyncSession, principal: Principal, settings: Settings, pipeline: str
    ) -> Run:
        """`errors` names every parameter that does not fit; what contradicts itself fails the run's first task."""
        question = partial(runs.start, pipeline=pipeline, parameters=data.parameters)
        run = await asyncio.to_thread(runs.asked, settings, question)
        await audit.record(session, principal, "pipelines.start", subject=run.id, pipeline=pipeline)
        return run

    @get("/{pipeline:str}/runs/{run_id:str}", operation_id="pipelines_get_run", summary="How far a run is")
    async def get_run(self, settings: Settings, pipeline: str, run_id: str) -> RunDetail:
        """With its tasks; of those that failed, why."""
        return await asyncio.to_thread(runs.asked, settings, partial(runs.follow, pipeline=pipeline, run_id=run_id))

    @post(
        "/{pipeline:str}/runs/{run_id:str}/retry",
        operation_id="pipelines_retry",
        summary="Go on with a run that failed",
        status_code=202,
        guards=[ADMIN],
    )
    async def retry(
        self,
        data: Retry,
        session: AsyncSession,
        principal: Principal,
        settings: Settings,
        pipeline: str,
        run_id: str,
    ) -> RunDetail:
        """What failed is done again, with what comes after it; or a task that is named."""
        question = partial(runs.retry, pipeline=pipeline, run_id=run_id, task=data.task)
        run = await asyncio.to_thread(runs.asked, settings, question)
        await audit.record(session, principal, "pipelines.retry", subject=run_id, pipeline=pipeline, task=data.task)
        return run
