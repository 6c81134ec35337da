"""The notebooks run from the first cell to the last, one after another, on a tiny corpus in a folder of their own."""

import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("notebooks")
    recordings = folder / "recordings"
    recordings.mkdir()
    shutil.copy(ROOT / "assets" / "speech" / "audio" / "aleksandr" / "s0004.opus", recordings)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "jupyter"))
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "IPYTHONDIR": str(folder / "ipython"),
        "OMP_NUM_THREADS": "1",
        "DIKTOR_NOTEBOOK_WORK": str(folder / "work"),
        "DIKTOR_NOTEBOOK_CALLS": str(recordings),
        "DIKTOR_NOTEBOOK_RECORDINGS": "1",
        "DIKTOR_NOTEBOOK_MINUTES": "0.3",
        "DIKTOR_NOTEBOOK_BUDGET": "0.05",
        "DIKTOR_NOTEBOOK_JOBS": "1",
        "DIKTOR_NOTEBOOK_TINY": "true",
    }


def _executed(number: int, environment: dict[str, str], folder: Path) -> Any:
    """The notebook that begins with `number`, as after `run all`."""
    (path,) = (path for path in NOTEBOOKS if path.name.startswith(f"{number}-"))
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute(env=environment)
    return notebook


def _printed(notebook: Any) -> str:
    return "".join(
        output["text"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    )


def _shown(notebook: Any, kind: str) -> list[str]:
    return [
        output.data[kind]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if kind in output.get("data", {})
    ]


def _players(notebook: Any) -> int:
    return sum("<audio" in html for html in _shown(notebook, "text/html"))


def test_words_are_heard_and_letters_counted(environment: dict[str, str], tmp_path: Path) -> None:
    notebook = _executed(1, environment, tmp_path)
    assert "words counted" in _printed(notebook)
    assert _players(notebook) > 0


@pytest.mark.timeout(900)  # 80 s of one core that nothing else wants
def test_from_a_corpus_to_its_worst_windows(environment: dict[str, str], tmp_path: Path) -> None:
    preparation = _executed(2, environment, tmp_path)
    assert _players(preparation) == 5, "one for each version of an utterance"

    pretraining = _executed(3, environment, tmp_path)
    assert len(_shown(pretraining, "image/png")) == 2

    training = _executed(4, environment, tmp_path)
    operator = _printed(training).split("operator:")[1].split("customer:")[0]
    assert "rhotacism    risk" in operator
    assert "likely" in operator, "the shipped release hears what this call was given"

    analysis = _executed(5, environment, tmp_path)
    assert _players(analysis) == 4
    assert len(_shown(analysis, "image/png")) == 5
    assert not list(tmp_path.iterdir()), "nothing is left where a notebook runs"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_committed(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert not cell.get("execution_count")
