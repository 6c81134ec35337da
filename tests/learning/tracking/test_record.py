"""The learning commands tell a tracker what a reader of its page asks for."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from diktor.cli.learn_evaluate import evaluate
from diktor.cli.learn_export import export
from diktor.cli.learn_pretrain import pretrain
from diktor.defects import DEFAULT
from diktor.errors import UnavailableError
from diktor.learning import assess, stages
from diktor.learning.assess import Evaluation
from diktor.learning.calibration import trial_release
from diktor.learning.export import repository
from diktor.learning.model import MEMBERS
from diktor.learning.run import Run
from diktor.learning.tracking import choice
from diktor.learning.tracking.record import numbers, record
from diktor.learning.tracking.tracker import Value
from diktor.learning.training import Progress
from diktor.releases import Release


class Memory:
    def __init__(self, fails_at: int = 10**9) -> None:
        self.told: list[tuple[object, ...]] = []
        self.fails_at = fails_at

    def _tell(self, *what: object) -> None:
        if len(self.told) >= self.fails_at:
            raise UnavailableError("the server is away")
        self.told.append(what)

    def start(self, name: str, parameters: Mapping[str, Value]) -> None:
        self._tell("start", name, dict(parameters))

    def curve(self, name: str, step: int, value: float) -> None:
        self._tell("curve", name, step, value)

    def artefact(self, path: Path) -> None:
        self._tell("artefact", path)

    def tag(self, name: str, value: str) -> None:
        self._tell("tag", name, value)

    def end(self, *, failed: bool = False) -> None:
        self._tell("end", failed)


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    memory = Memory()
    monkeypatch.setattr(choice, "tracker", lambda *_: memory)
    return memory


def test_a_stage_leaves_parameters_data_and_a_curve_per_member(
    memory: Memory, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(run, specs, stage, minutes, kept, tell, compute, unlabelled):  # type: ignore[no-untyped-def]
        tell("member_a", Progress(1, 100, {"counting": 0.5}))
        tell("member_b", Progress(7, 100, {"counting": 0.25}))

    monkeypatch.setattr(stages, "start", lambda *_: None)
    monkeypatch.setattr(stages, "keep_states", lambda *_: run.states)
    monkeypatch.setattr(stages, "train", train)
    where = ["--corpus", str(run.corpus), "--run", str(run.folder)]
    result = CliRunner().invoke(pretrain, [*where, "--budget", "2"], catch_exceptions=False)

    assert result.exit_code == 0, result.output
    _, name, parameters = memory.told[0]
    assert name == "run pretrain"
    assert isinstance(parameters, dict)
    assert (parameters["budget"], parameters["seed"], parameters["start"]) == (2.0, 1, "whisper-start")
    assert parameters["member_a.layers"] == MEMBERS[0].layers
    assert ("tag", "corpus", "test") in memory.told
    curves = [what for what in memory.told if what[0] == "curve"]
    assert curves == [("curve", "member_a.counting", 1, 0.5), ("curve", "member_b.counting", 7, 0.25)]
    assert memory.told[-1] == ("end", False)


def test_figures_and_the_release_are_recorded(
    memory: Memory, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def assessed(run: Run, *_: object) -> Evaluation:
        run.folder.mkdir()
        run.evaluation.write_text("{}")
        return Evaluation("digest", "code", (), {"test": {"window": {"rhotacism": {"auc": 0.75}}}})

    def written(_run: Run, _specs: object, out: Path, number: int, name: str, _lineage: Path | None) -> Release:
        release = msgspec.structs.replace(trial_release((), (), DEFAULT, number), name=name)
        (out / release.ensemble).mkdir(parents=True)
        (out / release.ensemble / "release.json").write_text("{}")
        return release

    monkeypatch.setattr(assess, "evaluate", assessed)
    monkeypatch.setattr(repository, "export", written)
    where = ["--corpus", str(run.corpus), "--run", str(run.folder)]
    out = tmp_path / "models"
    for command, options in ((evaluate, []), (export, ["--out", str(out), "--release", "3", "--name", "better"])):
        result = CliRunner().invoke(command, [*where, *options], catch_exceptions=False)
        assert result.exit_code == 0, result.output
    assert ("curve", "test.window.rhotacism.auc", 0, 0.75) in memory.told
    assert ("artefact", run.evaluation) in memory.told
    assert ("tag", "release", "3 better") in memory.told
    assert ("artefact", out / "speech_defects_3" / "release.json") in memory.told


def test_the_tracker_of_the_settings_is_used_without_the_option(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setenv("DIKTOR_TRACKING", "mlflow")
    monkeypatch.setenv("DIKTOR_TRACKING_URI", "http://tracking:5000")
    monkeypatch.setattr(choice, "tracker", lambda *arguments: asked.append(arguments) or Memory(0))
    result = CliRunner().invoke(pretrain, ["--corpus", str(run.corpus), "--run", str(run.folder)])
    assert asked == [("mlflow", run.folder, "http://tracking:5000")]
    assert isinstance(result.exception, UnavailableError), "a tracker that is away from the start stops the command"


def test_a_tracker_that_goes_away_does_not_take_the_training_with_it(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    memory = Memory(fails_at=6)
    with record(memory, run, "train", MEMBERS, {}) as told:
        for step in range(10):
            told.curve("loss", step, 1.0)
    assert len(memory.told) == 6
    assert [message.message for message in caplog.records] == [
        "the tracker is given up, the work goes on: the server is away"
    ]


def test_a_step_that_fails_is_a_failed_run(run: Run) -> None:
    memory = Memory()
    with pytest.raises(KeyboardInterrupt), record(memory, run, "train", MEMBERS, {}):
        raise KeyboardInterrupt
    assert memory.told[-1] == ("end", True)


def test_every_number_of_the_figures_has_a_name() -> None:
    document = {"test": {"auc": 0.5, "confusion": [[1, 2]], "note": "text", "passed": True}}
    assert dict(numbers(document)) == {"test.auc": 0.5, "test.confusion.0.0": 1.0, "test.confusion.0.1": 2.0}
