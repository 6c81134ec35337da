"""A step of the pipeline: its result, its log, what it does when it is killed or called again."""

import logging
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from diktor_dags import commands, surroundings

from tests.support.processes import wait_until

PROGRAM = """
import json, os, pathlib, subprocess, sys, time
told = pathlib.Path(sys.argv[1])
told.write_text(told.read_text() + "x" if told.exists() else "x")
print("listening", flush=True)
print("diktor: a warning", file=sys.stderr, flush=True)
if sys.argv[2] == "wait":
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    told.with_suffix(".pid").write_text(str(child.pid))
    time.sleep(600)
if sys.argv[2] == "fail":
    sys.exit("diktor: no room. Make some")
if sys.argv[2] != "silent":
    print(json.dumps({"nice": os.nice(0), "threads": os.environ["OMP_NUM_THREADS"], "home": os.environ["DIKTOR_HOME"],
        "airflow": [name for name in os.environ if name.startswith("AIRFLOW")]}))
"""


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    monkeypatch.setenv("DIKTOR_PIPELINE_COMMAND", shlex.join([sys.executable, str(tmp_path / "program.py")]))
    monkeypatch.setenv("DIKTOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "secret")


def test_a_step_runs_with_its_limits_and_without_airflows_secrets(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    nice = os.nice(0)
    found = commands.step(tmp_path, "one", [tmp_path / "told", "work"], nice=3, threads=2)
    assert found == {"nice": min(19, nice + 3), "threads": "2", "home": str(tmp_path / "home"), "airflow": []}
    assert {"listening", "diktor: a warning"} <= set(caplog.messages)


@pytest.mark.parametrize(
    ("how", "why"), [("fail", "ended with 1: diktor: no room. Make some"), ("silent", "told no result")]
)
def test_what_a_command_said_last_is_the_error(tmp_path: Path, how: str, why: str) -> None:
    with pytest.raises(commands.StepError, match=why):
        commands.step(tmp_path, "one", [tmp_path / "told", how])


def test_what_is_done_and_still_there_is_not_done_again(tmp_path: Path) -> None:
    told = tmp_path / "told"

    def times(how: str = "work", after: object = None) -> int:
        commands.step(tmp_path, "one", [told, how], leaves=[told], after=after)
        return len(told.read_text())

    assert [times(), times()] == [1, 1]
    assert times(after={"digest": "other"}) == 2
    assert times("works", after={"digest": "other"}) == 3
    told.unlink()
    assert times("works", after={"digest": "other"}) == 1
    (tmp_path / "steps" / "one.json").write_text('{"key"')  # a full disk left half of it
    assert times("works", after={"digest": "other"}) == 2
    with pytest.raises(commands.StepError):
        times("fail")
    with pytest.raises(commands.StepError):
        times("fail")
    assert len(told.read_text()) == 4


def test_a_killed_step_takes_its_command_along_and_the_next_attempt_the_rest(tmp_path: Path) -> None:
    told, child = tmp_path / "told", tmp_path / "told.pid"
    code = (
        "from pathlib import Path; from diktor_dags import commands; import sys; "
        "commands.step(Path(sys.argv[1]), 'one', [sys.argv[2], 'wait'])"
    )
    task = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), str(told)],
        env={**os.environ, "PYTHONPATH": str(surroundings.ROOT / "dags")},
    )
    wait_until("the command has a child", lambda: child.exists() and bool(child.read_text()), 20)
    grandchild = int(child.read_text())
    command = int(Path(f"/proc/{grandchild}/status").read_text().split("PPid:")[1].split()[0])
    task.send_signal(signal.SIGKILL)
    task.wait()
    wait_until("the command is gone", lambda: not Path(f"/proc/{command}").exists() or _dead(command), 5)
    assert not _dead(grandchild)
    began = time.monotonic()
    commands.step(tmp_path, "one", [told, "work"])
    assert _dead(grandchild)
    assert time.monotonic() - began < 20


def _dead(pid: int) -> bool:
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True
