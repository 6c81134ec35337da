"""A stage as long as so many passes over the training data."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from diktor.cli.learn_pretrain import pretrain
from diktor.cli.learn_train import train
from diktor.errors import DiktorError
from diktor.learning import stages, training
from diktor.learning.compute import Compute
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run
from diktor.learning.stages import Epochs
from diktor.learning.training import Progress

TUNED = MemberSpec("tuned", layers=1, tuned=1, hidden=8, far=5)
HEADS = MemberSpec("heads", layers=1, tuned=0, hidden=8, far=5)
GROUPS = 24
"""Utterances of the training voices, each with one version."""

MEMBERS = '[[members]]\nname = "heads"\nlayers = 1\ntuned = 0\nhidden = 8\nfar = 5\n'


@pytest.mark.parametrize("spec", [TUNED, HEADS])
def test_an_epoch_hears_every_utterance_once(run: Run, spec: MemberSpec) -> None:
    windows = training.training_windows(run)
    assert len({window.group for window in windows}) == GROUPS
    groups = training.Groups([[[index]] for index in range(GROUPS)], [])
    steps = training.batches(windows, spec)
    assert steps == GROUPS // training.GROUPS[0 if spec.tuned else 1]
    for epoch in range(2):
        heard = [index for step in range(steps) for index in training.batch(groups, spec, epoch * steps + step)]
        assert sorted(heard) == list(range(GROUPS))


def test_each_member_takes_epochs_times_its_batches(run: Run, tiny_whisper: Path) -> None:
    specs = [TUNED, HEADS]
    stages.start(run, specs, 1, str(tiny_whisper))
    kept = stages.keep_states(run, specs, lambda done, total: None)
    last: dict[str, Progress] = {}
    assert stages.train(run, specs, "stage1", Epochs(3), kept, last.__setitem__) == {"tuned": 18, "heads": 12}
    assert {name: progress.step for name, progress in last.items()} == {"tuned": 18, "heads": 12}
    assert stages.train(run, [HEADS], "stage2", Epochs(3), kept, last.__setitem__, Compute(processes=2)) == {"heads": 6}


def test_going_on_keeps_the_epochs_and_another_length_is_refused(
    corpus: Path, tiny_whisper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--corpus", str(corpus), "--run", str(tmp_path / "run")]
    (tmp_path / "members.toml").write_text(MEMBERS)
    first = [*where, "--start", str(tiny_whisper), "--members", str(tmp_path / "members.toml")]
    assert said(pretrain, *first, "--epochs", 2)["steps"] == {"heads": 8}
    document = tmp_path / "run" / "stage1.json"
    begun = json.loads(document.read_text())
    assert (begun["epochs"], begun["budget"]) == (2, None)

    (tmp_path / "run" / "heads" / "stage1.pt").unlink()  # as if it had been cut off
    monkeypatch.setattr(training, "GROUPS", (1, 1))  # an epoch of now is longer
    assert said(pretrain, *first, "--epochs", 2)["steps"] == {"heads": 8}
    monkeypatch.undo()
    for other, why in (
        (["--epochs", 3], "another epochs: 2, not 3"),
        (["--budget", 4], r"another budget: none, not 4\.0"),
        ([], r"another budget: none, not 4\.0"),
    ):
        with pytest.raises(DiktorError, match=why):
            said(pretrain, *first, *other)
    assert said(train, *where, "--epochs", 1)["steps"] == {"heads": 4}


def test_a_stage_begun_before_there_were_epochs_goes_on(run: Run, tmp_path: Path) -> None:
    stages.start(run, [HEADS], 1, "scratch")
    kept = stages.keep_states(run, [HEADS], lambda done, total: None)
    stages.train(run, [HEADS], "stage1", 0.0, kept, lambda name, progress: None)
    document = run.folder / "stage1.json"
    older = json.loads(document.read_text())
    assert older.pop("epochs") is None
    document.write_text(json.dumps(older))
    assert stages.train(run, [HEADS], "stage1", 0.0, kept, lambda name, progress: None) == {"heads": 1}


@pytest.mark.parametrize("command", [pretrain, train])
def test_minutes_and_epochs_together_are_refused(command: Any, corpus: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    both = ["--corpus", str(corpus), "--run", str(run), "--budget", "1", "--epochs", "1"]
    result = CliRunner().invoke(command, both)
    assert result.exit_code == 2
    assert "--budget and --epochs contradict each other" in result.output
    assert not run.exists()
    assert CliRunner().invoke(command, [*both[:4], "--epochs", "0"]).exit_code == 2


def said(command: Any, *options: object) -> dict[str, Any]:
    """What a command told on its last line."""
    result: Result = CliRunner().invoke(command, [*map(str, options), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return told
