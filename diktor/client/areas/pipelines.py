"""The pipeline."""

from typing import Any

from diktor.client.request import Area, M, Request, operation, path
from diktor.wire import Page
from diktor.wire.pipelines import NewRun, Pipeline, Retry, Run, RunDetail

HERE = "/api/v1/pipelines"


class Pipelines(Area[M]):
    """What Airflow can run, and how far its runs are."""

    @operation
    def list(self) -> Request[Page[Pipeline]]:
        """What can be run, with the parameters of each."""
        return Request(method="GET", path=HERE, kind=Page[Pipeline])

    @operation
    def list_runs(self, pipeline: str | None = None, limit: int = 20, cursor: str | None = None) -> Request[Page[Run]]:
        """Runs, the newest first."""
        query = {"pipeline": pipeline, "limit": limit, "cursor": cursor}
        return Request(method="GET", path=f"{HERE}/runs", kind=Page[Run], query=query)

    @operation
    def start(self, pipeline: str, parameters: dict[str, Any] | None = None) -> Request[Run]:
        """Start a run with what differs from the form's defaults."""
        body = NewRun(parameters=parameters or {})
        return Request(method="POST", path=path(HERE + "/{}/runs", pipeline), kind=Run, body=body)

    @operation
    def get_run(self, pipeline: str, run: str) -> Request[RunDetail]:
        """How far a run is."""
        return Request(method="GET", path=path(HERE + "/{}/runs/{}", pipeline, run), kind=RunDetail)

    @operation
    def retry(self, pipeline: str, run: str, task: str | None = None) -> Request[RunDetail]:
        """Do again what failed, or a task, with what comes after."""
        return Request(
            method="POST", path=path(HERE + "/{}/runs/{}/retry", pipeline, run), kind=RunDetail, body=Retry(task=task)
        )
