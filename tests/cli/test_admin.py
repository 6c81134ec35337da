"""`diktor admin`: the first administrator of a system that has none, and no password that anybody could know."""

import os
import subprocess
from pathlib import Path

from tests.support.processes import ROOT, python


def admin(home: Path, *arguments: str, said: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python(), "-m", "diktor", "admin", *arguments],
        env={**os.environ, "DIKTOR_HOME": str(home), **env},
        input=said,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


def test_an_administrator_is_made_once_with_a_password_that_is_shown_once(tmp_path: Path) -> None:
    made = admin(tmp_path, "create", "chief")
    assert made.returncode == 0, made.stderr
    assert "shown this once: " in made.stdout
    again = admin(tmp_path, "create", "Chief")
    assert again.returncode == 1
    assert "this login is taken" in again.stderr


def test_a_password_is_taken_from_stdin_and_a_short_one_is_refused(tmp_path: Path) -> None:
    short = admin(tmp_path, "create", "chief", "--password-stdin", said="short\n")
    assert short.returncode == 1
    assert "12" in short.stderr
    made = admin(tmp_path, "create", "chief", "--password-stdin", said="long enough to be one\n")
    assert made.returncode == 0, made.stderr
    assert "shown this once" not in made.stdout
