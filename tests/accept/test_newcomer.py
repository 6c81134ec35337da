"""A clone and two commands: what somebody who has read the README's first page does and sees."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.support.processes import ROOT

pytestmark = pytest.mark.accept


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is committed, and nothing of this checkout's environments."""
    folder = tmp_path_factory.mktemp("newcomer") / "diktor"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


def make(clone: Path, target: str) -> tuple[str, float]:
    """What `make` said, and how long it took."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("DIKTOR_")}
    started = time.monotonic()
    done = subprocess.run(
        ["make", "--no-print-directory", target],
        cwd=clone,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout, time.monotonic() - started


def of_clone(clone: Path) -> list[psutil.Process]:
    """Processes that run from the clone."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(clone) in " ".join(process.cmdline()) or process.cwd().startswith(str(clone)):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_make_demo_in_a_clone_shows_every_call_and_leaves_nothing_running(clone: Path) -> None:
    first, first_s = make(clone, "demo")
    again, again_s = make(clone, "demo")
    print(f"\nmake demo: {first_s:.0f} s the first time, {again_s:.0f} s the second\n{first}")
    for shown in (first, again):
        truth = re.search(r"windows: (\d+) expected, (\d+) stored, (\d+) dead-lettered; no part died", shown)
        assert truth, shown
        assert int(truth[1]) == int(truth[2]) > 0
        assert truth[3] == "0"
        assert len(re.findall(r"│ call-[0-9a-f]{20} ", shown)) == 24
        heard = dict(re.findall(r"(\w+) (\d+) of \d+", shown[shown.index("heard as such") :]))
        assert set(heard) == {"healthy", "rhotacism", "fricative_g", "stuttering"}
    assert "setup:" in first
    assert "setup:" not in again, "nothing is built twice"
    assert of_clone(clone) == []


def test_up_and_down_leave_nothing_running(clone: Path) -> None:
    shown, _ = make(clone, "up")
    assert "the stack is up" in shown
    assert of_clone(clone)
    make(clone, "down")
    assert of_clone(clone) == []


def test_nothing_that_the_commands_leave_is_new_to_git(clone: Path) -> None:
    left = subprocess.run(["git", "status", "--short"], cwd=clone, capture_output=True, text=True, check=True).stdout
    assert left == ""
    shutil.rmtree(clone)
