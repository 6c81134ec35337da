"""`diktor pipeline status`: what Airflow is doing and has done."""

import click
import msgspec
from rich.table import Table

from diktor.cli.json_line import json_option, last_line
from diktor.cli.tables import wide_console
from diktor.pipeline.airflow import OVER, Airflow
from diktor.pipeline.progress import progress, why
from diktor.settings import Settings


@click.command()
@click.argument("run", required=False)
@click.option("--last", type=click.IntRange(1, 100), default=10, show_default=True, help="How many runs.")
@json_option
def status(run: str | None, last: int, as_json: bool) -> None:
    """The latest runs with how far they are; or one RUN, task by task."""
    console = wide_console()
    with Airflow(Settings.load()) as airflow:
        runs = airflow.runs(last=100 if run else last)
        if run:
            runs = [item for item in runs if item.dag_run_id == run]
        found = [(item, airflow.tasks(item)) for item in runs]
        if as_json:
            last_line(True, [{**msgspec.to_builtins(item), "tasks": tasks} for item, tasks in found])
            return
        known = airflow.dags()
        console.print(f"{len(known)} DAGs: {', '.join(sorted(known))}", highlight=False, soft_wrap=True)
        for file, error in airflow.import_errors().items():
            console.print(f"{file} cannot be read: {error.splitlines()[-1]}", style="red", soft_wrap=True)
        table = Table()
        for heading in ("DAG", "run", "state", "begun", "how far"):
            table.add_column(heading, overflow="fold")
        for item, tasks in found:
            table.add_row(item.dag_id, item.dag_run_id, item.state, (item.start_date or "")[:19], str(progress(tasks)))
        console.print(table)
        if not run:
            return
        detail = Table()
        for heading in ("task", "state", "attempt", "seconds"):
            detail.add_column(heading)
        for item, tasks in found:
            for task in sorted(tasks, key=lambda task: (task.start_date or "9", task.name)):
                seconds = "" if task.duration is None else f"{task.duration:.0f}"
                detail.add_row(task.name, task.state or "", str(task.try_number), seconds)
            console.print(detail)
            if item.state in OVER:
                for line in why(airflow, item, progress(tasks).failed):
                    console.print(line, style="red", highlight=False, soft_wrap=True, markup=False)
