"""The pipeline on the wire: what Airflow can run, with which parameters, and how far a run is."""

from datetime import datetime
from typing import Annotated, Any

import msgspec


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a pipeline's form: its default, what it is for, and its JSON Schema."""

    default: Any
    description: str
    schema: dict[str, Any]


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """What can be run, and its form."""

    id: str
    parameters: dict[str, Parameter]


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters that differ from the form's defaults."""

    parameters: dict[str, Any] = {}


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run; `state` as Airflow says it: queued, running, success, failed."""

    id: str
    pipeline: str
    state: str
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task of a run, or one part of it; `state` None: nothing was decided yet."""

    name: str
    state: str | None
    attempt: int
    seconds: float | None


class RunDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A run with its tasks: `done` of `of`; `failures` says of each task that failed why."""

    run: Run
    done: int
    of: int
    working: list[str]
    failures: list[str]
    tasks: list[Task]


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """Which task to begin with; None: those that failed."""

    task: Annotated[str, msgspec.Meta(min_length=1, max_length=250)] | None = None
