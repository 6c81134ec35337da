"""From source speech and recordings to a release, as good as the shipped one; how long each step takes is printed."""

import subprocess
import time
from pathlib import Path

import pytest

from diktor.releases import load_release
from tests.support.processes import ROOT
from tests.support.prompts import learned

pytestmark = pytest.mark.accept


def test_speech_becomes_a_release_like_the_shipped_one(tmp_path: Path) -> None:
    words, lists, takes = str(tmp_path / "words"), [], []
    for speech, folder in learned(tmp_path):
        out = tmp_path / "foreign" / folder.name
        some = ["--minutes", str(speech.minutes)] if speech.minutes else []
        takes.append(["--speech", f"{speech.language}={folder}", *some, "--words", words, "--out", str(out)])
        lists += ["--manifest", str(out / "list.parquet")]
    joined = [*lists, "--add", str(tmp_path / "made")]
    corpus, run = ["--corpus", str(tmp_path / "corpus")], ["--run", str(tmp_path / "run")]
    steps = [
        ("corpus", ["--out", str(tmp_path / "made")]),
        *(("foreign", options) for options in takes),
        ("corpus", [*joined, "--out", str(tmp_path / "corpus")]),
        ("pretrain", [*corpus, *run]),
        ("train", [*corpus, *run]),
        ("evaluate", [*corpus, *run]),
        ("audit", [*corpus, *run]),
        ("report", [*corpus, *run]),
        ("export", [*corpus, *run, "--out", str(tmp_path / "models"), "--release", "1"]),
    ]
    took = dict[str, int]()
    for step, options in steps:
        started = time.monotonic()
        done = subprocess.run(
            [ROOT / ".venv" / "app" / "bin" / "diktor", "learn", step, *options], cwd=ROOT, check=False
        )
        assert done.returncode == 0 or step == "audit", step  # what the audits found is asked for below
        took[step] = took.get(step, 0) + round(time.monotonic() - started)
    made, shipped = load_release(tmp_path / "models", 1), load_release(ROOT / "triton_models", 1)
    print("\nseconds:", took, "in all:", sum(took.values()))
    for split in ("test", "dev"):
        print(split, {name: made.metrics[split][name] for name in ("window", "call", "classes")})
    assert made.metrics["audits"]["passes"]
    for defect, figures in made.metrics["test"]["window"].items():
        assert figures["auc"] > shipped.metrics["test"]["window"][defect]["auc"] - 0.03
    assert made.metrics["test"]["classes"]["macro_f1"] >= 0.9
