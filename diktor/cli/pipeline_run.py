"""`diktor pipeline run`: start a DAG of the pipeline, and perhaps watch it to its end."""

import json
import sys
import time
from typing import Any

import click
from rich.console import Console

from diktor.cli.json_line import json_option, last_line
from diktor.errors import PipelineError, UnavailableError
from diktor.pipeline.airflow import OVER, Airflow, Run
from diktor.pipeline.progress import progress, why
from diktor.settings import Settings

EVERY_S = 2.0
PATIENCE = 60
"""Looks in a row to which Airflow may not answer while a run is watched: it may be restarting."""


class _Pair(click.ParamType):
    name = "key=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """KEY=VALUE as a pair."""
        key, sign, text = str(value).partition("=")
        if not sign or not key:
            self.fail(f"{value!r} is not KEY=VALUE", param, ctx)
        return key, text


@click.command()
@click.argument("dag", default="rebuild_model")
@click.option("--param", "-p", "params", type=_Pair(), multiple=True, help="KEY=VALUE of the form, as often as wanted.")
@click.option("--wait", is_flag=True, help="Until it is over; exits 1 if it fails.")
@json_option
def run(dag: str, params: tuple[tuple[str, str], ...], wait: bool, as_json: bool) -> None:
    """Start DAG (rebuild_model, retrain_on_calls, deploy_release, roll_back_release, or a profile)."""
    console = Console(stderr=as_json)
    with Airflow(Settings.load()) as airflow:
        form = airflow.form(dag)
        started = airflow.trigger(dag, values(dict(params), form))
        console.print(f"{dag} {started.dag_run_id}", highlight=False, soft_wrap=True)
        code = 0
        if wait:
            started = watch(airflow, started, console)
            code = ended(airflow, started, console)
        last_line(as_json, started)
    sys.exit(code)


def values(given: dict[str, str], form: dict[str, Any]) -> dict[str, Any]:
    """What was typed, as the form's types. Keys that it does not have are named all at once.

    Raises:
        PipelineError: there are such keys, or a value is of another type.
    """
    if unknown := sorted(set(given) - set(form)):
        raise PipelineError(f"there is no {', '.join(unknown)}", f"There are: {', '.join(sorted(form)) or 'none'}")
    return {key: _typed(key, text, form[key]["schema"].get("type", "string")) for key, text in given.items()}


def _typed(key: str, text: str, kind: Any) -> Any:
    if "string" in kind:
        return text
    try:
        value = json.loads(text)
    except ValueError as error:
        raise PipelineError(f"{key}={text} is no {kind}", "For several values write JSON: seeds=[1,2]") from error
    return value


def ended(airflow: Airflow, run: Run, console: Console) -> int:
    """Say why a run failed; the exit code."""
    if run.state == "success":
        return 0
    for line in why(airflow, run, progress(airflow.tasks(run)).failed):
        console.print(line, style="red", highlight=False, soft_wrap=True, markup=False)
    return 1


def watch(airflow: Airflow, run: Run, console: Console) -> Run:
    """Until the run is over; a line whenever something changes. Airflow may be away for a while."""
    shown, away = "", 0
    while True:
        try:
            run = airflow.run(run.dag_id, run.dag_run_id)
            now = str(progress(airflow.tasks(run)))
            away = 0
        except UnavailableError:
            away += 1
            if away > PATIENCE:
                raise
            now = "Airflow does not answer, waiting"
        if now != shown:
            console.print(f"  {now}", highlight=False, soft_wrap=True, markup=False)
            shown = now
        if not away and run.state in OVER:
            console.print(f"{run.state}", style="bold" if run.state == "success" else "bold red")
            return run
        time.sleep(EVERY_S)
