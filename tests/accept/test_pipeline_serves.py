"""The whole stack with Airflow: a rebuilt release serves calls, and calls with labels make the next one."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.stack import Stack
from diktor.pipeline.airflow import Airflow
from tests.support.pipeline import TINY_MEMBERS, airflow_stack
from tests.support.processes import ROOT, python

pytestmark = [pytest.mark.accept, pytest.mark.timeout(5400)]

CALLS = ROOT / "assets" / "calls"
LABELS = 10


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("serves")
    with pytest.MonkeyPatch.context() as patch, airflow_stack(folder / "home", patch, parts=()) as running:
        (folder / "members.toml").write_text(TINY_MEMBERS)
        yield running


def diktor(stack: Stack, *arguments: object) -> list[str]:
    done = subprocess.run(
        [python(), "-m", "diktor", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, "DIKTOR_HOME": str(stack.home.path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def rebuilt(stack: Stack, dag: str, **params: object) -> tuple[int, Path]:
    """The number of the release that a run deployed, and the run's folder."""
    usual = {
        "members": stack.home.path.parent / "members.toml",
        "base_minutes": 1,
        "pretrain_minutes": 0,
        "train_minutes": 0,
        "min_macro_f1": 0,
        "max_class_drop": 1,
        "deploy": "true",
    }
    options = [part for key, value in {**usual, **params}.items() for part in ("-p", f"{key}={value}")]
    name = json.loads(diktor(stack, "pipeline", "run", dag, *options, "--wait", "--json")[-1])["dag_run_id"]
    with Airflow(stack.settings) as airflow:
        run = airflow.run(dag, name)
        return airflow.result(run, "verify")["release"], Path(airflow.result(run, "check")["folder"])


def test_a_call_is_scored_by_the_release_that_was_rebuilt_and_labels_make_the_next(
    stack: Stack, tmp_path: Path
) -> None:
    number, _ = rebuilt(stack, "rebuild_model")
    assert number == 2
    diktor(stack, "submit", CALLS, "--wait")
    rows = [json.loads(line) for line in diktor(stack, "results", "--last", "100", "--json")]
    assert {row["release"] for row in rows} == {number}

    calls = [row["call_id"] for row in rows if "operator" in json.dumps(row["channels"])][:LABELS]
    lines = [f"{call},operator,{4000 * (k % 3)},rhotacism,confirmed" for k, call in enumerate(calls)]
    table = tmp_path / "labels.csv"
    table.write_text("call,channel,start_ms,defect,verdict\n" + "\n".join(lines) + "\n")
    diktor(stack, "labels", "import", table)
    number, folder = rebuilt(stack, "retrain_on_calls", min_new=1, days=2)
    assert number == 3
    kept = json.loads(diktor(stack, "release", "show", number, "--json")[-1])
    lineage = json.loads((Path(kept["folder"]) / "lineage.json").read_text())
    assert {label["call_id"] for label in lineage["labels"]} == set(calls)
    counts = json.loads((folder / "steps" / "pretrain.json").read_text())["arguments"]
    assert "--counts" in counts
