"""Every tracker keeps the same run, and what it kept can be read back."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

from diktor.errors import DiktorError, UnavailableError
from diktor.learning.tracking import choice
from diktor.learning.tracking.tracker import Tracker
from diktor.settings import Tracking

ROOT = Path(__file__).parents[3]


class Kept(NamedTuple):
    name: str
    status: str
    parameters: dict[str, str]
    curves: dict[str, list[tuple[int, float]]]
    tags: dict[str, str]
    artefacts: dict[str, str]


@pytest.fixture(autouse=True)
def comet_is_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COMET_API_KEY", "COMET_PROJECT_NAME", "COMET_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


def _mlflow(folder: Path) -> list[Kept]:
    from mlflow.tracking import MlflowClient

    from diktor.learning.tracking.mlflow import EXPERIMENT, local

    client = MlflowClient(local(folder))
    experiment = client.get_experiment_by_name(EXPERIMENT)
    found = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time"])
    return [_mlflow_run(client, run, folder / "mlflow-artifacts" / run.info.run_id / "artifacts") for run in found]


def _mlflow_run(client: Any, run: Any, files: Path) -> Kept:
    key, data = run.info.run_id, run.data
    return Kept(
        run.info.run_name,
        run.info.status.lower(),
        data.params,
        {name: [(m.step, m.value) for m in client.get_metric_history(key, name)] for name in data.metrics},
        {name: value for name, value in data.tags.items() if not name.startswith("mlflow.")},
        {item.path: (files / item.path).read_text("utf-8") for item in client.list_artifacts(key)},
    )


def _comet(folder: Path) -> list[Kept]:
    paths = sorted((folder / "comet").glob("*.zip"), key=lambda path: path.stat().st_mtime)
    return [_comet_experiment(path) for path in paths]


def _comet_experiment(path: Path) -> Kept:
    kept = Kept("", "", {}, {}, {}, {})
    with zipfile.ZipFile(path) as archive:
        for line in archive.read("messages.json").splitlines():
            message = json.loads(line)
            said = message["payload"]
            if message["type"] == "parameter_msg" and said["param"]["source"] == "manual":
                kept.parameters[said["param"]["paramName"]] = str(said["param"]["paramValue"])
            elif message["type"] == "metric_msg" and said["metric"]["metricName"] != "process duration":
                metric = said["metric"]
                kept.curves.setdefault(metric["metricName"], []).append((metric["step"], metric["metricValue"]))
            elif message["type"] == "log_other":
                kept.tags[said["key"]] = said["value"]
            elif message["type"] == "file_upload":
                name = said["additional_params"]["fileName"]
                kept.artefacts[name] = archive.read(said["file_path"]).decode()
    assert kept.tags.pop("offline_experiment") is True
    return kept._replace(name=kept.tags.pop("Name"), status=kept.tags.pop("status"))


READERS: dict[Tracking, Callable[[Path], list[Kept]]] = {"none": lambda _: [], "mlflow": _mlflow, "comet": _comet}


def _tell(tracker: Tracker, folder: Path, *, failed: bool = False) -> None:
    document = folder / "evaluation.json"
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_text('{"auc": 0.9}', "utf-8")
    tracker.start("run1 train", {"budget": 2.5, "seed": 1, "member_a.name": "первый"})
    for step, value in ((1, 0.75), (50, 0.5), (51, 0.25)):
        tracker.curve("member_a.counting", step, value)
    tracker.curve("test.classes.macro_f1", 0, 0.875)
    tracker.artefact(document)
    document.write_text("changed since", "utf-8")
    tracker.tag("corpus", "ab12")
    tracker.tag("release", "2 better")
    tracker.end(failed=failed)


@pytest.mark.parametrize("kind", get_args(Tracking))
def test_what_runs_say_is_read_back(kind: Tracking, tmp_path: Path) -> None:
    for failed in (True, False):
        _tell(choice.tracker(kind, tmp_path), tmp_path / "files", failed=failed)
    expected = [
        Kept(
            "run1 train",
            status,
            {"budget": "2.5", "seed": "1", "member_a.name": "первый"},
            {"member_a.counting": [(1, 0.75), (50, 0.5), (51, 0.25)], "test.classes.macro_f1": [(0, 0.875)]},
            {"corpus": "ab12", "release": "2 better"},
            {"evaluation.json": '{"auc": 0.9}'},
        )
        for status in ("failed", "finished")
    ]
    assert READERS[kind](tmp_path) == ([] if kind == "none" else expected)


def test_a_package_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(DiktorError, match=r"comet_ml is not installed.*pip install comet-ml"):
        choice.tracker("comet", tmp_path)


def test_an_address_where_nobody_answers_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    tracker = choice.tracker("mlflow", tmp_path, "http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match=r"http://127.0.0.1:9 does not take the run.*DIKTOR_TRACKING_URI"):
        tracker.start("run1 train", {})


CALLS_NOBODY = """
import socket, sys
from pathlib import Path

asked = []

def refused(*arguments, **_):
    asked.append(arguments)
    raise OSError("there is no network")

socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refused
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refused
sys.path[:0] = [{root!r}]
from tests.learning.tracking.test_trackers import _tell
from diktor.learning.tracking import choice

folder = Path({folder!r})
for kind in ("mlflow", "comet"):
    _tell(choice.tracker(kind, folder), folder / "files")
import atexit
atexit._run_exitfuncs()
sys.exit(f"asked for {{asked}}" if asked else 0)
"""


def test_offline_trackers_ask_for_no_address(tmp_path: Path) -> None:
    """In a process of its own, that looks like no test and no CI: there MLflow's telemetry would be off by itself."""
    program = CALLS_NOBODY.format(root=str(ROOT), folder=str(tmp_path))
    plain = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**plain, "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", ""), "nothing on the terminal, where a progress bar is"
    assert [kept.status for kept in _mlflow(tmp_path) + _comet(tmp_path)] == ["finished"] * 2
