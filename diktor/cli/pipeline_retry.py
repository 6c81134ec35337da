"""`diktor pipeline retry`: go on with a run that failed."""

import sys

import click
from rich.console import Console

from diktor.cli.pipeline_run import ended, watch
from diktor.errors import PipelineError
from diktor.pipeline.airflow import Airflow
from diktor.pipeline.progress import progress
from diktor.settings import Settings


@click.command()
@click.argument("run")
@click.option("--from", "task", help="This task and all after it, instead of those that failed.")
@click.option("--wait", is_flag=True, help="Until it is over; exits 1 if it fails.")
def retry(run: str, task: str | None, wait: bool) -> None:
    """Have the failed tasks of RUN done again, with what comes after them. They go on from what is there."""
    console = Console()
    with Airflow(Settings.load()) as airflow:
        found = [item for item in airflow.runs(last=100) if item.dag_run_id == run]
        if not found:
            raise PipelineError(f"there is no run {run} among the last 100", "See them: diktor pipeline status")
        tasks = airflow.tasks(found[0])
        wanted = [task] if task else sorted({item.task_id for item in progress(tasks).failed})
        if not wanted:
            raise PipelineError(f"no task of {run} failed", "Name one: --from TASK")
        airflow.clear(found[0], wanted)
        console.print(f"{', '.join(wanted)} and what comes after: again", highlight=False, soft_wrap=True)
        if wait:
            sys.exit(ended(airflow, watch(airflow, found[0], console), console))
