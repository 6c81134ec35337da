"""From source speech and recordings to a release, as good as the shipped one; how long each step takes is printed."""

import subprocess
import time
from pathlib import Path

import pytest

from diktor.releases import load_release
from tests.support.processes import ROOT
from tests.support.prompts import LEARNED, fetched

pytestmark = pytest.mark.accept


def test_speech_becomes_a_release_like_the_shipped_one(tmp_path: Path) -> None:
    prompts = fetched(tmp_path, LEARNED.values())
    speech = [word for language, name in LEARNED.items() for word in ("--speech", f"{language}={prompts[name]}")]
    places = ["--words", str(tmp_path / "words"), "--out", str(tmp_path / "foreign")]
    joined = ["--manifest", str(tmp_path / "foreign" / "list.parquet"), "--add", str(tmp_path / "made")]
    corpus, run = ["--corpus", str(tmp_path / "corpus")], ["--run", str(tmp_path / "run")]
    steps = [
        ("corpus", ["--out", str(tmp_path / "made")]),
        ("foreign", [*speech, *places]),
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
