"""Airflow as the API asks it: synchronous, so all of this is for a thread.

What is not tagged as ours in Airflow is not there. An Airflow that is not set up, or that does not let us in, is away.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

import msgspec

from diktor.errors import UnavailableError
from diktor.pipeline import airflow as flow
from diktor.pipeline.airflow import Airflow
from diktor.pipeline.form import faults
from diktor.pipeline.progress import progress, why
from diktor.settings import Settings
from diktor.wire import Page
from diktor.wire.pipelines import Parameter, Pipeline, Run, RunDetail, Task
from services.api.problems import missing, problem

T = TypeVar("T")

PATIENCE_S = 10.0


def asked(settings: Settings, question: Callable[[Airflow], T]) -> T:
    """What Airflow answers.

    Raises:
        UnavailableError: it does not answer, or not to us.
        404: it knows no such DAG, run or task.
    """
    try:
        with Airflow(settings, PATIENCE_S) as airflow:
            return question(airflow)
    except flow.UnknownError as error:
        raise UnavailableError(error.cause, error.remedy) from error
    except flow.NotThereError:
        missing("such pipeline, run or task")


def pipelines(airflow: Airflow) -> Page[Pipeline]:
    """All of them, with their forms."""
    return Page(items=[Pipeline(id=dag, parameters=_form(airflow, dag)) for dag in sorted(airflow.dags())])


def runs(airflow: Airflow, pipeline: str | None, limit: int, offset: int) -> Page[Run]:
    """The newest first, of one pipeline or of all."""
    ours = airflow.dags()
    if pipeline is not None and pipeline not in ours:
        return Page(items=[])
    found = airflow.runs(pipeline or "~", limit + 1, offset)
    items = [_run(run) for run in found[:limit] if run.dag_id in ours]
    return Page(items=items, next=str(offset + limit) if len(found) > limit else None)


def start(airflow: Airflow, pipeline: str, parameters: dict[str, object]) -> Run:
    """Raises: 404: there is no such pipeline. 422: parameters that do not fit its form, all of them."""
    _require(airflow, pipeline)
    if wrong := faults(parameters, airflow.form(pipeline)):
        raise problem(422, "these parameters do not fit the form", "See the form of the pipeline", errors=wrong)
    return _run(airflow.trigger(pipeline, parameters))


def follow(airflow: Airflow, pipeline: str, run_id: str) -> RunDetail:
    """Raises: 404: there is no such run."""
    _require(airflow, pipeline)
    run = airflow.run(pipeline, run_id)
    tasks = airflow.tasks(run)
    so_far = progress(tasks)
    return RunDetail(
        run=_run(run),
        done=so_far.done,
        of=so_far.of,
        working=list(so_far.working),
        failures=why(airflow, run, so_far.failed),
        tasks=[
            Task(name=task.name, state=task.state, attempt=task.try_number, seconds=task.duration)
            for task in sorted(tasks, key=lambda task: (task.start_date or "9", task.name))
        ],
    )


def retry(airflow: Airflow, pipeline: str, run_id: str, task: str | None) -> RunDetail:
    """Do again what failed, or a task, with what comes after. Raises: 404: no such run. 409: nothing failed."""
    _require(airflow, pipeline)
    run = airflow.run(pipeline, run_id)
    tasks = airflow.tasks(run)
    if task is not None and task not in {item.task_id for item in tasks}:
        missing("such task in this run")
    wanted = [task] if task else sorted({item.task_id for item in progress(tasks).failed})
    if not wanted:
        raise problem(HTTPStatus.CONFLICT, "no task of this run failed", "Name the task to begin with")
    airflow.clear(run, wanted)
    return follow(airflow, pipeline, run_id)


def _require(airflow: Airflow, pipeline: str) -> None:
    if pipeline not in airflow.dags():
        missing("such pipeline")


def _form(airflow: Airflow, dag: str) -> dict[str, Parameter]:
    return {
        name: Parameter(
            default=field.get("value"), description=field.get("description") or "", schema=field.get("schema") or {}
        )
        for name, field in airflow.form(dag).items()
    }


def _run(run: flow.Run) -> Run:
    return msgspec.convert(
        {
            "id": run.dag_run_id,
            "pipeline": run.dag_id,
            "state": run.state,
            "queued_at": run.queued_at,
            "started_at": run.start_date,
            "ended_at": run.end_date,
        },
        Run,
    )
