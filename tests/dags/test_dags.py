"""The DAGs as Airflow reads them: no import errors, nothing heavy imported, the steps in their order, the form."""

import ast
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.pipeline import AIRFLOW_PYTHON, airflow_environment
from tests.support.processes import ROOT

DAGS = ROOT / "dags"


def read(folder: Path, **env: str) -> dict[str, Any]:
    """The DAGs of `folder`, by Airflow; no database is needed."""
    found = subprocess.run(
        [AIRFLOW_PYTHON, Path(__file__).with_name("read_dags.py"), DAGS],
        env={**os.environ, **airflow_environment(folder), **env},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr[-2000:]
    return dict(json.loads(found.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return read(tmp_path_factory.mktemp("airflow"))


def test_every_dag_is_read_without_an_error(bag: dict[str, Any]) -> None:
    assert bag["errors"] == {}
    built_in = {"rebuild_model", "retrain_on_calls", "deploy_release", "roll_back_release"}
    assert built_in < set(bag["dags"])
    assert bag["dags"]["rebuild_quick"]["params"]["base_minutes"]["value"] == 8


def test_nothing_is_imported_but_airflow_and_the_standard_library(bag: dict[str, Any]) -> None:
    """By what the files say, and by what was there after reading them."""
    for file in DAGS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.split(".")[0]
                assert name.startswith("airflow.sdk") or top == "diktor_dags" or top in sys.stdlib_module_names, file
    assert not {"torch", "numpy", "diktor", "services", "deploy", "pandas", "transformers"} & set(bag["imported"])


def test_a_rebuild_goes_from_the_data_to_a_serving_release(bag: dict[str, Any]) -> None:
    dag = bag["dags"]["rebuild_model"]
    order = ["check", "fetch", "validate", "shards", "transcribe", "prepare", "corpus", "pretrain", "train", "evaluate"]
    order += ["rival", "judge", "gate", "export", "release", "want_deploy", "deploy", "verify"]
    for before, after in itertools.pairwise(order):
        assert before in dag["upstream"][after], (before, after)
    assert dag["upstream"]["not_released"] == ["gate", "judge"]
    assert "base_corpus" in dag["upstream"]["corpus"]
    assert dag["mapped"] == ["transcribe"]
    assert dag["callback"]
    assert not any("release" in name for task in order[:10] for name in dag["upstream"][task])


def test_retraining_asks_first_whether_there_is_anything_new(bag: dict[str, Any]) -> None:
    dag = bag["dags"]["retrain_on_calls"]
    assert "CronTriggerTimetable" in dag["schedule"] or "0 2 * * 6" in dag["schedule"]
    assert dag["upstream"]["enough"] == ["collect"]
    for task in ("base_corpus", "shards"):
        assert "enough" in dag["upstream"][task]
    rebuild = bag["dags"]["rebuild_model"]["upstream"]
    assert {name: dag["upstream"][name] for name in ("train", "evaluate", "gate", "export", "deploy")} == {
        name: rebuild[name] for name in ("train", "evaluate", "gate", "export", "deploy")
    }


def test_a_roll_back_is_not_repeated_by_itself(bag: dict[str, Any]) -> None:
    assert bag["dags"]["roll_back_release"]["retries"]["roll_back"] == 0
    assert bag["dags"]["deploy_release"]["retries"]["deploy"] > 0


def test_every_field_of_the_form_has_a_type_a_title_and_help(bag: dict[str, Any]) -> None:
    for name, dag in bag["dags"].items():
        for key, param in dag["params"].items():
            assert param["schema"].get("type"), (name, key)
            assert param["schema"].get("title"), (name, key)
            assert len(param["description"] or "") > 8, (name, key)
    params = bag["dags"]["rebuild_model"]["params"]
    assert params["offenders"]["schema"]["enum"] == ["stop", "drop"]
    assert params["tracking"]["schema"]["enum"] == ["none", "mlflow", "comet"]
    assert params["deploy"]["value"] is False
    assert params["base_model"]["value"] == "whisper-start"
    for stage in ("pretrain", "train"):
        epochs = params[f"{stage}_epochs"]
        assert (epochs["value"], epochs["schema"]["minimum"], epochs["schema"]["maximum"]) == (None, 1, 10000)
    assert (params["nice"]["schema"]["minimum"], params["nice"]["schema"]["maximum"]) == (0, 19)


def test_what_may_be_left_empty_is_null_or_airflows_page_does_not_let_the_form_go(bag: dict[str, Any]) -> None:
    for name, dag in bag["dags"].items():
        for key, param in dag["params"].items():
            assert param["value"] != "", (name, key)


def test_a_wrong_profile_is_an_import_error_and_every_other_dag_stays(tmp_path: Path) -> None:
    file = tmp_path / "profiles.toml"
    file.write_text('[odd]\nof = "rebuild_model"\nparams = { epochs = 3 }\n')
    found = read(tmp_path, DIKTOR_PIPELINE_PROFILES=str(file))
    assert [Path(name).name for name in found["errors"]] == ["profiles.py"]
    assert "epochs: there are no such parameters" in next(iter(found["errors"].values()))
    assert "rebuild_model" in found["dags"]
