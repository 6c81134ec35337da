"""One Airflow for these tests, and one rebuild on it: recordings in the old form and a minute of synthetic speech."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from deploy.embedded.stack import Stack
from diktor.pipeline.airflow import Airflow, Run
from diktor.settings import Settings
from tests.support.pipeline import TINY_MEMBERS, airflow_stack, archive
from tests.support.processes import ROOT
from tests.support.webhook import Webhook, webhook


class Rig(NamedTuple):
    """A running Airflow, what the pipeline learns from, and who is told of failures."""

    stack: Stack
    data: Path
    members: Path
    base: Path
    told: Webhook

    @property
    def home(self) -> Path:
        """The data folder."""
        return self.stack.home.path

    def pipeline(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """`diktor pipeline …` as a person runs it."""
        return subprocess.run(
            [sys.executable, "-m", "diktor", "pipeline", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True
        )

    def settings(self) -> Settings:
        """As any command finds them."""
        return Settings.load(home=self.home)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("pipeline")
    base = folder / "base"
    subprocess.run(
        [sys.executable, "-m", "diktor", "learn", "corpus", "--minutes", "1", "--out", base],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (folder / "members.toml").write_text(TINY_MEMBERS)
    data = archive(base, folder / "old")
    with webhook() as told, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIKTOR_PIPELINE_NOTIFY", told.url)
        with airflow_stack(folder / "home", patch) as stack:
            yield Rig(stack, data, folder / "members.toml", base, told)


class Rebuilt(NamedTuple):
    """A run that went through, and what was printed while it did."""

    run: Run
    folder: Path
    printed: str


@pytest.fixture(scope="module")
def rebuilt(rig: Rig) -> Rebuilt:
    params = {
        "data": rig.data,
        "base_minutes": 0,
        "base_corpus": rig.base,
        "members": rig.members,
        "pretrain_minutes": 0,
        "train_epochs": 1,
        "min_macro_f1": 0,
        "max_class_drop": 1,
        "deploy": "true",
        "nice": 0,  # it need not give way to other tests: they are no live calls
        "threads": 2,
    }
    options = [part for key, value in params.items() for part in ("-p", f"{key}={value}")]
    found = rig.pipeline("run", "rebuild_model", *options, "--wait", "--json")
    assert found.returncode == 0, found.stdout + found.stderr
    name = json.loads(found.stdout.splitlines()[-1])["dag_run_id"]
    with Airflow(rig.settings()) as airflow:
        run = airflow.run("rebuild_model", name)
        folder = Path(airflow.result(run, "check")["folder"])
    return Rebuilt(run, folder, found.stderr)
