"""A rebuild through Airflow's REST with real learning, from an archive to a release: refused, failed, told.

And both ways out of the gate by `dag.test()` over the network that it trained.
"""

import asyncio
import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psutil
import pytest
from pydantic import SecretStr

from deploy.embedded.airflow import SECRETS
from deploy.embedded.triton import seed
from diktor.errors import UnavailableError
from diktor.pipeline.airflow import OVER, Airflow
from diktor.releases.store import Releases
from diktor.settings import AIRFLOW_PASSWORDS, Settings
from diktor.wire.accounts import Role
from tests.integration.pipeline.conftest import Rebuilt, Rig
from tests.support.api import SECRET, running_api
from tests.support.pipeline import AIRFLOW_PYTHON, airflow_environment, airflow_pages, steps
from tests.support.processes import ROOT, free_port, wait_until

pytestmark = pytest.mark.timeout(1800)

GATE = Path(__file__).parent / "gate" / "gate_only.py"
"""What comes after training, as a DAG of its own."""


def states(rig: Rig, dag: str, run: str) -> dict[str, str | None]:
    with Airflow(rig.settings()) as airflow:
        return {task.name: task.state for task in airflow.tasks(airflow.run(dag, run))}


def test_an_archive_becomes_a_release_that_serves(rig: Rig, rebuilt: Rebuilt) -> None:
    found = states(rig, "rebuild_model", rebuilt.run.dag_run_id)
    assert found.pop("not_released") == "skipped"
    assert set(found.values()) == {"success"}
    assert {"transcribe[0]", "transcribe[1]"} < set(found)
    with Airflow(rig.settings()) as airflow:
        assert airflow.result(rebuilt.run, "verify") == {"release": 2}
        corpus = airflow.result(rebuilt.run, "corpus")
        judged = airflow.result(rebuilt.run, "judge")
    assert judged["passes"]
    assert judged["found"]["f1"].keys() == {"none", "rhotacism", "fricative_g", "stuttering"}
    lines = [line for shard in Path(corpus["corpus"]).glob("*.jsonl") for line in shard.read_text().splitlines()]
    own = [clip for clip in map(json.loads, lines) if clip.get("recording")]
    assert len(own) == 4
    assert any(clip["words"] for clip in own), "transcripts reached the corpus"
    document = json.loads((rebuilt.folder / "release" / "speech_defects_1" / "release.json").read_text())
    assert document["corpus_digest"] == corpus["digest"]


def test_its_commands_were_told_what_the_form_says(rebuilt: Rebuilt, rig: Rig) -> None:
    done = steps(rebuilt.folder)
    pretrain = " ".join(done["pretrain"])
    assert f"--members {rig.members}" in pretrain
    assert "--seeds 11,23" in pretrain
    assert "--start whisper-start" in pretrain
    assert "--budget 0" in pretrain
    train = " ".join(done["train"])
    assert "--epochs 1" in train
    assert "--budget" not in train
    assert "--part 2/2" in " ".join(done["transcribe-2"])
    members = json.loads((rebuilt.folder / "run" / "members.json").read_text())
    assert [member["seed"] for member in members] == [11, 23]


def test_its_progress_was_shown(rebuilt: Rebuilt) -> None:
    assert " of 21 tasks done" in rebuilt.printed
    assert "now train" in rebuilt.printed
    assert rebuilt.printed.strip().endswith("success")


def test_a_wrong_form_is_refused_with_everything_that_is_wrong(rig: Rig) -> None:
    bad = rig.pipeline("run", "-p", "epochs=3", "-p", "sheds=1")
    assert bad.returncode == 1
    assert "there is no epochs, sheds" in bad.stderr
    bad = rig.pipeline("run", "-p", "offenders=ignore")
    assert bad.returncode == 1
    assert "Airflow refuses" in bad.stderr
    both = ("-p", "train_minutes=1", "-p", "train_epochs=1")
    bad = rig.pipeline("run", "-p", "base_minutes=0", "-p", "seeds=[5]", *both, "--wait")
    assert bad.returncode == 1
    assert "train_minutes, train_epochs: a stage has a budget or a number of epochs" in bad.stdout
    assert "there is nothing to learn from" in bad.stdout
    assert "1 seeds, and the shipped ensemble has 2 members" in bad.stdout
    with Airflow(rig.settings()) as airflow:
        run = airflow.trigger("rebuild_model", {"epochs": 3})  # Airflow itself takes keys that it does not know
        wait_until("the run is over", lambda: airflow.run(run.dag_id, run.dag_run_id).state == "failed", 60)
        (task,) = [task for task in airflow.tasks(run) if task.task_id == "check"]
        assert any("epochs: there is no such parameter" in line for line in airflow.log(run, task))
    wait_until("it is told", lambda: run.dag_run_id in {told["run"] for told in rig.told.received}, 60)
    told = next(told for told in rig.told.received if told["run"] == run.dag_run_id)
    assert (told["dag"], told["state"]) == ("rebuild_model", "failed")


def test_airflows_own_page_lets_the_form_go_with_what_may_be_empty_left_empty(rig: Rig) -> None:
    with airflow_pages(rig.settings()) as page:
        page.goto(f"{rig.settings().airflow}/dags/rebuild_model")
        page.get_by_label("Trigger Dag").click()
        form = page.get_by_role("dialog")
        form.locator('[name="element_base_minutes"]').fill("0")
        with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
            form.get_by_role("button", name="Trigger", exact=True).click()
        name = sent.value.json()["dag_run_id"]
    with Airflow(rig.settings()) as airflow:
        run = airflow.run("rebuild_model", name)
        wait_until("the run is over", lambda: airflow.run(run.dag_id, run.dag_run_id).state in OVER, 120)
        (task,) = [task for task in airflow.tasks(run) if task.task_id == "check"]
        (told,) = [line for line in airflow.log(run, task) if "the form is wrong" in line]
    assert told.endswith("the form is wrong: data, base_minutes, base_corpus: there is nothing to learn from")


def test_a_release_is_rolled_back_and_deployed_again(rig: Rig, rebuilt: Rebuilt) -> None:
    def serving() -> int:
        return Releases.of(rig.settings()).pointer().active

    assert rig.pipeline("run", "roll_back_release", "--wait").returncode == 0
    assert serving() == 1
    assert rig.pipeline("run", "deploy_release", "-p", "release=2", "--wait").returncode == 0
    assert serving() == 2
    bad = rig.pipeline("run", "deploy_release", "-p", "release=9", "--wait")
    assert bad.returncode == 1
    assert "there is no release 9" in bad.stdout


def test_retraining_skips_itself_when_there_is_too_little_that_is_new(rig: Rig) -> None:
    found = rig.pipeline("run", "retrain_on_calls", "--wait")
    assert found.returncode == 0, found.stdout
    run = found.stdout.splitlines()[0].split()[1]
    told = states(rig, "retrain_on_calls", run)
    assert {name: state for name, state in told.items() if state != "skipped"} == dict.fromkeys(
        ("check", "collect", "enough"), "success"
    )


def test_status_names_runs_and_tasks(rig: Rig, rebuilt: Rebuilt) -> None:
    found = rig.pipeline("status", "--json")
    (mine,) = [run for run in json.loads(found.stdout) if run["dag_run_id"] == rebuilt.run.dag_run_id]
    assert mine["state"] == "success"
    assert len(mine["tasks"]) == 21
    found = rig.pipeline("status", rebuilt.run.dag_run_id)
    assert "20 of 21" not in found.stdout
    assert "21 of 21 tasks done" in found.stdout
    assert "transcribe[1]" in found.stdout


def test_only_loopback_is_listened_on_and_secrets_are_private(rig: Rig) -> None:
    mine = rig.stack.supervisor.processes()
    listening = [c for p in mine for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert {c.laddr.ip.removeprefix("::ffff:") for c in listening} == {"127.0.0.1"}
    names = ("airflow", "clickhouse", "triton_http", "triton_grpc", "triton_metrics")
    assert {c.laddr.port for c in listening} == {rig.stack.home.ports[name] for name in names}
    for name in (AIRFLOW_PASSWORDS, SECRETS, "supervisord.conf"):
        assert os.stat(rig.home / name).st_mode & 0o077 == 0, name


def test_without_airflow_it_is_said_what_to_do(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, airflow=f"http://127.0.0.1:{free_port()}")
    with Airflow(settings) as airflow, pytest.raises(UnavailableError, match="diktor up --with-airflow"):
        airflow.health()
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings = Settings.load(home=tmp_path, airflow=f"http://127.0.0.1:{deaf.getsockname()[1]}")
        with Airflow(settings, timeout_s=0.2) as airflow, pytest.raises(UnavailableError, match="does not answer"):
            airflow.health()


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of an Airflow without servers, its tables made."""
    home = tmp_path_factory.mktemp("gate")
    own = airflow_environment(home) | {
        "AIRFLOW__CORE__DAGS_FOLDER": str(GATE.parent),
        "PYTHONPATH": str(ROOT / "dags"),
    }
    found = {**os.environ, **own}
    subprocess.run([AIRFLOW_PYTHON.with_name("airflow"), "db", "migrate"], env=found, check=True, capture_output=True)
    seed(Settings.load(home=home))
    return found


def ways(env: dict[str, str], rebuilt: Rebuilt, least: float, deploy: bool) -> tuple[dict[str, str], str]:
    """By `dag.test()`: what became of each task, and everything that was printed."""
    command = [AIRFLOW_PYTHON, GATE, rebuilt.folder, str(least), str(deploy).lower()]
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
    found, _ = ways(env, rebuilt, 0, deploy=False)
    for task in ("export", "release", "want_deploy"):
        assert found[task] == "success", task
    for task in ("not_released", "deploy", "verify"):
        assert found[task] == "skipped", task
    assert releases(env) == ((1, 2), 1)


def test_what_is_refused_is_neither_released_nor_deployed_and_the_reason_is_told(
    env: dict[str, str], rig: Rig, rebuilt: Rebuilt
) -> None:
    before = releases(env)
    found, printed = ways(env, rebuilt, 1, deploy=True)
    assert found["judge"] == found["gate"] == "success"
    assert found["not_released"] == "failed"
    for task in ("export", "release", "want_deploy", "deploy", "verify"):
        assert found[task] == "skipped", task
    assert "the gate refused it: macro-F1 is" in printed
    assert releases(env) == before


async def test_the_api_starts_and_follows_what_the_form_allows(rig: Rig) -> None:
    async with running_api(rig.settings().model_copy(update={"api_secret": SecretStr(SECRET)})) as api:
        admin = await api.user(Role.admin)
        known = {item["id"]: item for item in (await admin.get("/api/v1/pipelines")).json()["items"]}
        assert known["rebuild_model"]["parameters"]["train_minutes"]["schema"]["maximum"] == 10000
        wrong = {"train_minutes": -1, "train_epochs": 0, "epochs": 3}
        refused = await admin.post("/api/v1/pipelines/rebuild_model/runs", json={"parameters": wrong})
        assert refused.status_code == 422
        assert [fault.partition(":")[0] for fault in refused.json()["errors"]] == [
            "epochs",
            "train_epochs",
            "train_minutes",
        ]
        for place in ("none/runs/x", "rebuild_model/runs/x", "~/runs/~", "rebuild_model/runs/x%3Flimit=1"):
            assert (await admin.get(f"/api/v1/pipelines/{place}")).status_code == 404, place
        form = {"base_minutes": 0, "members": "none.toml"}
        begun = await admin.post("/api/v1/pipelines/rebuild_model/runs", json={"parameters": form})
        assert begun.status_code == 202
        place = f"/api/v1/pipelines/rebuild_model/runs/{quote(begun.json()['id'], safe='')}"
        found = await over(admin, place)
        assert found["run"]["state"] == "failed"
        assert "none.toml is not there" in "".join(found["failures"])
        latest = (await admin.get("/api/v1/pipelines/runs", params={"limit": 1})).json()
        assert latest["items"][0]["id"] == begun.json()["id"]
        assert (await admin.post(f"{place}/retry", json={"task": "none"})).status_code == 404
        assert (await admin.post(f"{place}/retry", json={})).status_code == 202
        assert max(task["attempt"] for task in (await over(admin, place))["tasks"]) == 2


async def over(client: httpx.AsyncClient, place: str) -> dict[str, Any]:
    """A run when it has ended."""
    while True:
        found: dict[str, Any] = (await client.get(place)).json()
        if found["run"]["state"] in OVER:
            return found
        await asyncio.sleep(1)
