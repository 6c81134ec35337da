"""Airflow for tests: its environment, an archive of a few recordings, members that learn nothing but take seconds."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from deploy.embedded.airflow import PROGRAM
from deploy.embedded.stack import Stack
from diktor.settings import AIRFLOW_PASSWORDS, Settings
from tests.support.browser import chromium, visitor
from tests.support.processes import ROOT
from tests.support.stack import embedded_stack

AIRFLOW_PYTHON = PROGRAM.with_name("python")
TINY_MEMBERS = "".join(
    f'[[members]]\nname = "{name}"\nlayers = 1\ntuned = 0\nhidden = 8\nfar = 5\n' for name in ("member_a", "member_b")
)


def airflow_environment(home: Path) -> dict[str, str]:
    """Of an Airflow that keeps everything in `home`, for its commands without servers."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "DIKTOR_HOME": str(home),
    }


@contextmanager
def airflow_stack(
    home: Path, monkeypatch: pytest.MonkeyPatch, parts: tuple[str, ...] = ("airflow", "clickhouse", "triton")
) -> Iterator[Stack]:
    """A stack with Airflow, and perhaps with other parts; at the end none of its processes is left, or this fails."""
    monkeypatch.setenv("DIKTOR_HOME", str(home))
    with embedded_stack(home, parts, with_airflow=True) as stack:
        yield stack


@contextmanager
def airflow_pages(settings: Settings, width: int = 1440, height: int = 900) -> Iterator[Page]:
    """Airflow's own pages in a window of that size, logged in."""
    password = json.loads((settings.home / AIRFLOW_PASSWORDS).read_text())["admin"]
    with (
        chromium() as browser,
        visitor(browser, settings.airflow, width, height, locale="en-US", timezone_id="UTC") as visit,
    ):
        page = visit.open()
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        yield page


def archive(corpus: Path, out: Path) -> Path:
    """The first recording of each class of a corpus, in the form of the system before this one."""
    subprocess.run(
        [sys.executable, "-m", "diktor", "learn", "corpus", "--out", corpus, "--to-archive", out],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    table = out / "data_train.csv"
    first: dict[str, str] = {}
    for line in table.read_text().splitlines():
        name, kind = line.split(",")
        if first.setdefault(kind, name) != name:
            (out / "data_mp3" / "train" / name).unlink()
    assert sorted(first) == ["0", "1", "2", "3"]
    table.write_text("".join(f"{name},{kind}\n" for kind, name in first.items()))
    return out


def steps(folder: Path) -> dict[str, list[str]]:
    """What a run has done, step by step: the arguments of each command."""
    return {path.stem: json.loads(path.read_text())["arguments"] for path in sorted((folder / "steps").glob("*.json"))}
