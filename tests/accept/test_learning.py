"""From source speech and recordings to a release, as good as the shipped one; how long each step takes is printed."""

import subprocess
import time
from pathlib import Path

import pytest

from diktor.releases import load_release
from tests.support.processes import ROOT
from tests.support.prompts import learned

pytestmark = [pytest.mark.accept, pytest.mark.timeout(6 * 3600)]

MADE_MINUTES, BUDGETS = 800, (8, 80)
"""Synthetic training speech and the minutes of both stages, as the shipped release had them."""


def test_speech_becomes_a_release_like_the_shipped_one(tmp_path: Path) -> None:
    speakers = learned(tmp_path)
    corpus, run = ["--corpus", str(tmp_path / "corpus")], ["--run", str(tmp_path / "run")]
    heard, joined = [], []
    for minutes in sorted({speaker.minutes for speaker in speakers}, key=str):
        out = tmp_path / f"foreign-{minutes}"
        speech = [
            word
            for speaker, folder in speakers.items()
            if speaker.minutes == minutes
            for word in ("--speech", f"{speaker.language}={folder}")
        ]
        most = ["--minutes", str(minutes)] if minutes else []
        heard.append(("foreign", [*speech, *most, "--words", str(tmp_path / "words"), "--out", str(out)]))
        joined += ["--manifest", str(out / "list.parquet")]
    joined += ["--manifest", str(tmp_path / "nonspeech" / "list.parquet")]
    steps = [
        ("corpus", ["--minutes", str(MADE_MINUTES), "--out", str(tmp_path / "made")]),
        ("audit", ["--corpus", str(tmp_path / "made")]),
        *heard,
        ("nonspeech", ["--out", str(tmp_path / "nonspeech")]),
        ("corpus", [*joined, "--add", str(tmp_path / "made"), "--out", str(tmp_path / "corpus")]),
        ("pretrain", [*corpus, *run, "--budget", str(BUDGETS[0])]),
        ("train", [*corpus, *run, "--budget", str(BUDGETS[1])]),
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
        assert done.returncode == 0 or (step == "audit" and "--run" in options), step  # of the run it is asked below
        took[step] = took.get(step, 0) + round(time.monotonic() - started)
    made, shipped = load_release(tmp_path / "models", 1), load_release(ROOT / "triton_models", 1)
    print("\nseconds:", took, "in all:", sum(took.values()))
    for split in ("test", "dev"):
        print(split, {name: made.metrics[split][name] for name in ("window", "call", "classes")})
    print(made.metrics["audits"])
    assert made.metrics["audits"]["passes"]
    for defect, figures in made.metrics["test"]["window"].items():
        assert figures["auc"] > shipped.metrics["test"]["window"][defect]["auc"] - 0.03
    assert made.metrics["test"]["classes"]["macro_f1"] >= 0.9
