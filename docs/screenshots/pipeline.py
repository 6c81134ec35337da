"""The pictures in docs/pipeline.md: a finished run of `rebuild_model` as a graph, and the form that starts one.

`python -m docs.screenshots.pipeline`: some minutes, since that run is made, on an Airflow and a Triton of its own.
"""

import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page

from diktor.pipeline.airflow import OVER, Airflow, Run
from diktor.settings import Settings
from docs.screenshots.picture import Box, beneath, beside, keep, shot
from tests.support.pipeline import TINY_MEMBERS, airflow_pages, airflow_stack, archive
from tests.support.processes import ROOT, wait_until

DAG = "rebuild_model"
MARGIN = 12
FILLED = {"data": "s3://north/calls.zip", "train_minutes": "30", "name": "north"}
"""What is typed into the form before it is shown."""


def main() -> None:
    """Make the run, then the pictures."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        form = material(Path(folder))
        with airflow_stack(Path(folder) / "home", patch) as stack:
            settings = Settings.load(home=stack.home.path)
            run = finished(settings, form)
            with airflow_pages(settings, 2700, 600) as page:
                print(graph(page, settings, run))
            with airflow_pages(settings, 1000, 3200) as page:
                print(trigger_form(page, settings))


def material(folder: Path) -> dict[str, object]:
    """A filled form by which a run takes minutes: four recordings, a minute of synthetic speech, tiny networks."""
    corpus, members = folder / "base", folder / "members.toml"
    command = [sys.executable, "-m", "diktor", "learn", "corpus", "--minutes", "1", "--out", str(corpus)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    members.write_text(TINY_MEMBERS)
    learned = {"data": str(archive(corpus, folder / "old")), "base_minutes": 0, "base_corpus": str(corpus)}
    budget = {"members": str(members), "pretrain_minutes": 0, "train_minutes": 0, "nice": 0}
    return {**learned, **budget, "min_macro_f1": 0, "max_class_drop": 1, "deploy": True}


def finished(settings: Settings, form: dict[str, object]) -> Run:
    """A run that went through."""
    with Airflow(settings) as airflow:
        run = airflow.trigger(DAG, form)
        wait_until("the run is over", lambda: airflow.run(DAG, run.dag_run_id).state in OVER, 1800)
        run = airflow.run(DAG, run.dag_run_id)
    if run.state != "success":
        raise RuntimeError(f"{run.dag_run_id}: {run.state}")
    return run


def graph(page: Page, settings: Settings, run: Run) -> Path:
    """All tasks with their states, in two rows: in one nobody could read them."""
    page.goto(f"{settings.airflow}/dags/{DAG}/runs/{quote(run.dag_run_id)}")
    page.get_by_label("Show Graph").click()
    page.get_by_label("Collapse Details Panel").click()
    page.get_by_label("Fit View").click()
    page.wait_for_timeout(2000)  # it glides there
    tasks = sorted((box_of(node) for node in page.locator(".react-flow__node").all()), key=lambda box: box.left)
    top, bottom = min(box.top for box in tasks) - MARGIN, max(box.bottom for box in tasks) + MARGIN
    first, last = tasks[0].left - MARGIN, max(box.right for box in tasks) + MARGIN
    gaps = [(left.right + right.left) / 2 for left, right in pairwise(tasks) if left.right < right.left]
    cut = min(gaps, key=lambda gap: abs(gap - (first + last) / 2))
    rows = [shot(page, Box(left, top, right, bottom)) for left, right in ((first, cut), (cut, last))]
    return keep(beneath(rows), "pipeline-graph", 1200)


def trigger_form(page: Page, settings: Settings) -> Path:
    """Every field with its help, in two columns."""
    page.goto(f"{settings.airflow}/dags/{DAG}")
    page.get_by_label("Trigger Dag").click()
    form = page.get_by_role("dialog")
    for name, text in FILLED.items():
        form.locator(f'[name="element_{name}"]').fill(text)
    button = form.get_by_role("button", name="Trigger", exact=True)
    if not button.is_enabled():
        raise RuntimeError("Airflow does not let the form go")
    page.wait_for_timeout(1000)
    box = box_of(form)
    middle = (box.top + box.bottom) / 2
    columns = [Box(box.left, box.top, box.right, middle), Box(box.left, middle, box.right, box.bottom)]
    return keep(beside([shot(page, column) for column in columns]), "pipeline-form", 1100)


def box_of(shown: Locator) -> Box:
    """Where something is on its page."""
    found = shown.bounding_box()
    if found is None:
        raise RuntimeError(f"{shown} is not shown")
    return Box(found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"])


if __name__ == "__main__":
    main()
