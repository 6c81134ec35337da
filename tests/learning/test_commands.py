"""The commands one after another, on very little speech: what each leaves, the next one finds."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from diktor.cli.learn_evaluate import evaluate
from diktor.cli.learn_export import export
from diktor.cli.learn_pretrain import pretrain
from diktor.cli.learn_report import report
from diktor.cli.learn_train import train
from diktor.cli.release_evaluate import evaluate as rival
from diktor.learning.ensemble import Ensemble
from diktor.learning.own_calls import lineage as lineages
from diktor.learning.own_calls.lineage import Lineage
from diktor.learning.report.document import Report
from diktor.releases import load_release
from diktor.releases.packing import LINEAGE, add
from diktor.releases.store import Releases
from diktor.settings import Settings
from diktor.stamp import NEVER


def test_speech_becomes_a_release(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = ["--corpus", str(corpus), "--run", str(tmp_path / "run")]
    repository = tmp_path / "models"
    runner = CliRunner()
    for command, options in ((pretrain, ["--budget", "0"]), (train, ["--budget", "0"]), (evaluate, [])):
        result = runner.invoke(command, [*where, *options], catch_exceptions=False)
        assert result.exit_code == 0, result.output
    metrics = msgspec.json.decode(result.stdout.splitlines()[-1])
    assert metrics["test"]["words"]["rhotacism"]["words"] > 0

    result = runner.invoke(report, where, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    told = msgspec.json.decode((tmp_path / "run" / "report.json").read_bytes(), type=Report)
    assert told.splits["test"].windows == metrics["test"]["windows"]
    assert {item.defect: item.int8.value for item in told.quantisation} == metrics["window_auc_int8"]

    origin = Lineage(NEVER, NEVER, 7, (), "digest", 0, {}, (), (), (), ())
    lineages.write(origin, tmp_path / "lineage.json")
    named = ["--out", str(repository), "--release", "7", "--lineage", str(tmp_path / "lineage.json")]
    result = runner.invoke(export, [*where, *named], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    release = load_release(repository, 7)
    assert lineages.read(repository / release.ensemble / LINEAGE) == origin
    assert f"{release.ensemble}/{LINEAGE}" in release.files
    assert release.metrics == metrics
    assert {f"{release.ensemble}/confusion-{split}.png" for split in ("test", "dev")} <= release.files.keys()
    assert "Where it cannot be trusted" in (repository / release.ensemble / "MODEL_CARD.md").read_text("utf-8")
    monkeypatch.setenv("DIKTOR_HOME", str(tmp_path / "home"))
    kept = add(Releases.of(Settings.load()), repository, 7)
    result = runner.invoke(rival, [str(kept.number), "--corpus", str(corpus), "--json"], catch_exceptions=False)
    told_again = msgspec.json.decode(result.stdout.splitlines()[-1])
    assert {**told_again, "release": 7} == {
        "release": 7,
        "calls": metrics["test"]["calls"],
        **metrics["test"]["classes"],
    }

    with np.load(repository / release.ensemble / "golden.npz") as file:
        golden = dict(file)
    scores = Ensemble.of_release(repository, release).score(golden["pcm"][0])
    np.testing.assert_allclose(scores.probability, golden["probability"][0], atol=1e-6)


def test_steps_out_of_order_say_what_to_run_first(corpus: Path, tmp_path: Path) -> None:
    where = ["--corpus", str(corpus), "--run", str(tmp_path / "run")]
    for command, options in ((evaluate, []), (export, ["--out", str(tmp_path / "models"), "--release", "1"])):
        result = CliRunner().invoke(command, [*where, *options])
        assert result.exit_code != 0
        assert "diktor learn" in str(result.exception)
