"""An environment is built when its lock says so, and what is missing is said in words."""

import os
import runpy
import subprocess
from pathlib import Path

import pytest

from deploy.setup import environment, machine, triton
from deploy.setup.environment import NOISE, Environment
from diktor.errors import StackError
from tests.support.processes import ROOT


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "app.txt").write_text("one==1.0 \\\n    --hash=sha256:00\n")
    python = tmp_path / ".venv" / "app" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    return tmp_path


def test_an_environment_is_current_until_its_lock_changes(checkout: Path) -> None:
    app = Environment("app")
    assert not app.current()
    app.stamp()
    assert app.current()
    (checkout / "requirements" / "app.txt").write_text("one==2.0 \\\n    --hash=sha256:00\n")
    assert not app.current()


def test_an_environment_nobody_locked_is_refused_by_name(checkout: Path) -> None:
    with pytest.raises(StackError, match="no environment 'nonsense'"):
        Environment("nonsense")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("triton", "import numpy, onnxruntime; assert numpy.__version__ < '2'"),
        ("airflow", "import airflow; from airflow.sdk import dag; assert airflow.__version__ == '3.3.2'"),
    ],
)
def test_the_other_environments_hold_what_they_are_for(name: str, code: str, tmp_path: Path) -> None:
    command = [ROOT / ".venv" / name / "bin" / "python", "-W", "ignore", "-c", code]
    env = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    found = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr


def test_the_command_does_nothing_in_the_processes_it_spawns() -> None:
    found = runpy.run_path(str(ROOT / ".venv" / "app" / "bin" / "diktor"), run_name="__mp_main__")
    assert callable(found["main"])


def test_pips_repeated_warnings_are_not_shown() -> None:
    assert NOISE.match("WARNING: Location 'file:///somewhere/' is ignored: it is neither a file nor a directory.")
    assert not NOISE.match("ERROR: No matching distribution found for one==1.0")


def test_without_root_a_missing_package_is_one_line_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StackError) as caught:
        machine.install(["libpython3.11"], "tritonserver needs it")
    assert caught.value.remedy == "Run: sudo apt-get install -y --no-install-recommends libpython3.11"


def test_an_old_c_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.platform, "libc_ver", lambda: ("glibc", "2.31"))
    with pytest.raises(StackError, match=r"glibc 2\.35 or newer, this is glibc 2\.31"):
        machine.check(building=False)


def test_a_missing_library_is_named_by_its_debian_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = "\tlibpython3.11.so.1.0 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x1)\n"
    answer = subprocess.CompletedProcess([], 0, output, "")
    monkeypatch.setattr(triton.subprocess, "run", lambda *_, **__: answer)
    assert triton.missing_libraries(tmp_path) == ["libpython3.11.so.1.0"]
    assert triton.PACKAGES["libpython3.11.so.1.0"] == "libpython3.11"


def test_without_python_3_11_there_is_a_way_forward(tmp_path: Path) -> None:
    for name in ("python3.11", "python3", "python"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    script = (
        (ROOT / "deploy" / "setup" / "run").read_text().replace("/usr/bin/python3.11 /usr/local/bin/python3.11", "")
    )
    run = tmp_path / "deploy" / "setup" / "run"
    run.parent.mkdir(parents=True)
    run.write_text(script)
    found = subprocess.run(["/bin/sh", run], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert found.returncode == 1
    assert "CPython 3.11 was not found" in found.stderr
    assert "make PYTHON=" in found.stderr
