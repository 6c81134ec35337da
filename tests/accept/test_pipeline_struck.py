"""Tasks and the scheduler killed, a full disk, a data set that vanishes, a gate that refuses: runs end right."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.embedded.stack import Stack
from diktor.pipeline.airflow import Airflow, Run
from diktor.releases.store import Releases
from diktor.settings import Settings
from tests.support.disks import small_disk
from tests.support.pipeline import TINY_MEMBERS, airflow_stack, archive
from tests.support.processes import ROOT, wait_until
from tests.support.stack import state_of

pytestmark = [pytest.mark.accept, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("base") / "corpus"
    command = [sys.executable, "-m", "diktor", "learn", "corpus", "--minutes", "1", "--out", out]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with (
        pytest.MonkeyPatch.context() as patch,
        airflow_stack(tmp_path_factory.mktemp("struck") / "home", patch) as stack,
    ):
        yield stack


@pytest.fixture(scope="module")
def airflow(stack: Stack) -> Iterator[Airflow]:
    with Airflow(Settings.load(home=stack.home.path)) as session:
        yield session


def form(base: Path, folder: Path, **changed: Any) -> dict[str, Any]:
    members = folder / "members.toml"
    members.write_text(TINY_MEMBERS)
    usual = {"base_minutes": 0, "base_corpus": str(base), "members": str(members), "nice": 0}
    gate = {"min_macro_f1": 0, "max_class_drop": 1, "deploy": True}
    return {**usual, **gate, "pretrain_minutes": 1, "train_minutes": 1, **changed}


def over(airflow: Airflow, run: Run, seconds: float = 1500) -> str:
    wait_until(
        "the run is over", lambda: airflow.run(run.dag_id, run.dag_run_id).state in ("success", "failed"), seconds
    )
    return airflow.run(run.dag_id, run.dag_run_id).state


def retry(run: Run, *options: str) -> None:
    """`diktor pipeline retry`, until the run has succeeded."""
    command = [sys.executable, "-m", "diktor", "pipeline", "retry", run.dag_run_id, *options, "--wait"]
    retried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert retried.returncode == 0, retried.stdout + retried.stderr


def working(stack: Stack, step: str) -> list[psutil.Process]:
    """What runs for a step now."""
    return [process for process in stack.supervisor.processes() if step_of(process).endswith(f"/{step}.json")]


def step_of(process: psutil.Process) -> str:
    """The file of the step that it runs for; empty where it runs for none, or has gone meanwhile."""
    try:
        return process.environ().get("DIKTOR_STEP", "")
    except psutil.Error:
        return ""


def serving(stack: Stack) -> list[int]:
    pointer = Releases.of(Settings.load(home=stack.home.path)).pointer()
    return [*pointer.history, pointer.active]


def test_a_killed_task_and_a_killed_scheduler(stack: Stack, airflow: Airflow, base: Path, tmp_path: Path) -> None:
    run = airflow.trigger("rebuild_model", form(base, tmp_path))
    wait_until("stage 1 works", lambda: bool(working(stack, "pretrain")), 600)
    commands = [process for process in working(stack, "pretrain") if "pretrain" in process.cmdline()]
    (task,) = {command.ppid() for command in commands} - {process.pid for process in working(stack, "pretrain")}
    os.kill(task, signal.SIGKILL)
    wait_until("stage 2 works", lambda: bool(working(stack, "train")), 900)
    os.kill(state_of(stack, "airflow-scheduler").pid, signal.SIGKILL)
    assert over(airflow, run) == "success"
    tries = {item.task_id: item.try_number for item in airflow.tasks(run)}
    assert tries["pretrain"] == 2
    assert serving(stack)[-1] == max(serving(stack)) > 1
    assert not [process for process in stack.supervisor.processes() if step_of(process)]


def test_a_data_set_that_vanished_and_came_back(stack: Stack, airflow: Airflow, base: Path, tmp_path: Path) -> None:
    data = archive(base, tmp_path / "old")
    hidden = data.rename(tmp_path / "elsewhere")
    data.mkdir()
    run = airflow.trigger("rebuild_model", form(base, tmp_path, data=str(data), pretrain_minutes=0, train_minutes=0))
    assert over(airflow, run) == "failed"
    states = {item.task_id: item.state for item in airflow.tasks(run)}
    assert states["check"] == "success"
    assert "failed" in (states["fetch"], states["validate"])
    shutil.rmtree(data)
    hidden.rename(data)
    before = len(serving(stack))
    retry(run, "--from", "fetch")
    assert len(serving(stack)) == before + 1


def test_a_full_disk_fails_the_run_and_with_room_again_it_is_gone_on_with(
    stack: Stack, airflow: Airflow, base: Path, tmp_path: Path
) -> None:
    with small_disk(stack.home.path / "pipeline", 1500) as disk:
        run = airflow.trigger("rebuild_model", form(base, tmp_path))
        wait_until("stage 1 works", lambda: bool(working(stack, "pretrain")), 600)
        disk.fill_while(lambda: airflow.run(run.dag_id, run.dag_run_id).state not in ("success", "failed"))
        assert airflow.run(run.dag_id, run.dag_run_id).state == "failed"
        failed = [task for task in airflow.tasks(run) if task.state == "failed"]
        said = "\n".join(line for task in failed for line in airflow.log(run, task))
        assert "No space left" in said
        before = len(serving(stack))
        retry(run)
        assert len(serving(stack)) == before + 1
        assert not list(disk.folder.rglob(".*.part")), "nothing half is left"


def test_a_run_that_fails_its_gate_deploys_nothing(stack: Stack, airflow: Airflow, base: Path, tmp_path: Path) -> None:
    before = serving(stack)
    run = airflow.trigger("rebuild_model", form(base, tmp_path, min_macro_f1=1, pretrain_minutes=0, train_minutes=0))
    assert over(airflow, run) == "failed"
    states = {item.task_id: item.state for item in airflow.tasks(run)}
    assert states["not_released"] == "failed"
    assert {states[task] for task in ("export", "release", "want_deploy", "deploy", "verify")} == {"skipped"}
    assert serving(stack) == before
