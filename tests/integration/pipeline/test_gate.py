"""Both ways out of the gate, by `dag.test()`, over a network that was really trained."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from deploy.embedded.triton import seed
from diktor.releases.store import Releases
from diktor.settings import Settings
from tests.integration.pipeline.conftest import Rebuilt, Rig
from tests.support.pipeline import AIRFLOW_PYTHON, airflow_environment
from tests.support.processes import ROOT

DAG = Path(__file__).parent / "gate" / "gate_only.py"

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of an Airflow without servers, its tables made."""
    home = tmp_path_factory.mktemp("gate")
    own = airflow_environment(home) | {
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAG.parent),
        "PYTHONPATH": str(ROOT / "dags"),
    }
    found = {**os.environ, **own}
    subprocess.run([AIRFLOW_PYTHON.with_name("airflow"), "db", "migrate"], env=found, check=True, capture_output=True)
    seed(Settings.load(home=home))
    return found


def states(env: dict[str, str], rebuilt: Rebuilt, least: float, deploy: bool) -> tuple[dict[str, str], str]:
    """What became of each task, and everything that was printed."""
    command = [AIRFLOW_PYTHON, DAG, rebuilt.folder, str(least), str(deploy).lower()]
    found = subprocess.run(command, env=env, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr[-3000:]
    return json.loads(found.stdout.splitlines()[-1]), found.stdout + found.stderr


def releases(env: dict[str, str]) -> tuple[tuple[int, ...], int]:
    """Those that are kept, and the one that is active."""
    store = Releases.of(Settings.load(home=Path(env["DIKTOR_HOME"])))
    return store.numbers(), store.pointer().active


def test_what_passes_is_released_and_deployed_only_if_that_is_wanted(
    env: dict[str, str], rig: Rig, rebuilt: Rebuilt
) -> None:
    found, _ = states(env, rebuilt, 0, deploy=False)
    for task in ("export", "release", "want_deploy"):
        assert found[task] == "success", task
    for task in ("not_released", "deploy", "verify"):
        assert found[task] == "skipped", task
    assert releases(env) == ((1, 2), 1)


def test_what_is_refused_is_neither_released_nor_deployed_and_the_reason_is_told(
    env: dict[str, str], rig: Rig, rebuilt: Rebuilt
) -> None:
    before = releases(env)
    found, printed = states(env, rebuilt, 1, deploy=True)
    assert found["judge"] == found["gate"] == "success"
    assert found["not_released"] == "failed"
    for task in ("export", "release", "want_deploy", "deploy", "verify"):
        assert found[task] == "skipped", task
    assert "the gate refused it: macro-F1 is" in printed
    assert releases(env) == before
