"""The shipped release on recordings: the sample calls' truth comes out, and what is no audio is named and left out."""

import json
import shutil
from pathlib import Path

import msgspec
from click.testing import CliRunner, Result

from diktor.cli.learn_evaluate import evaluate
from diktor.cli.learn_false_alarms import false_alarms
from diktor.learning.recorded import figures, healthy
from tests.support.processes import ROOT

CALLS = ROOT / "assets" / "calls"
CHOSEN = (0, 1, 4)
MODELS = ["--repository", str(ROOT / "triton_models"), "--jobs", "1"]


def _evaluated(folder: Path, lines: list[str], out: Path) -> Result:
    labels = out.parent / "labels.csv"
    labels.write_text("file,class,channel\n" + "\n".join(lines), "utf-8")
    where = ["--audio", str(folder), "--labels", str(labels), "--out", str(out), *MODELS]
    return CliRunner().invoke(evaluate, where, catch_exceptions=False)


def test_sample_calls_are_what_they_were_made_to_be(tmp_path: Path) -> None:
    truth = json.loads((CALLS / "calls.json").read_text())["calls"]
    lines = [f"{truth[k]['file']},{truth[k]['truth']['operator']},0" for k in CHOSEN]
    result = _evaluated(CALLS, lines, tmp_path / "found.json")
    assert result.exit_code == 0, result.output
    found = msgspec.json.decode((tmp_path / "found.json").read_bytes(), type=figures.Found)
    assert [line.found for line in found.lines] == [line.expected for line in found.lines]
    assert found.classes.macro_f1.value == 1.0
    assert found.defects["rhotacism"].auc.value == 1.0
    assert found.alarms["stuttering"].likely.value == 0.0
    assert "call-02.mp3" in result.stdout


def test_what_cannot_be_heard_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    shutil.copy(CALLS / "call-03.wav", tmp_path)
    (tmp_path / "broken.mp3").write_bytes(b"not audio at all" * 100)
    lines = ["broken.mp3,1,", "call-03.wav,none,0", "gone.wav,0,", "call-03.wav,0,1"]
    result = _evaluated(tmp_path, lines, tmp_path / "found.json")
    assert result.exit_code == 1
    for name in ("broken.mp3", "gone.wav"):
        assert f"left out {name}" in result.stderr
    found = msgspec.json.decode((tmp_path / "found.json").read_bytes(), type=figures.Found)
    assert [(line.file, line.channel) for line in found.lines] == [("call-03.wav", 0), ("call-03.wav", 1)]
    assert len(found.left_out) == 2

    result = _evaluated(tmp_path, ["call-03.wav,0,"], tmp_path / "none.json")
    assert result.exit_code == 1
    assert "call-03.wav has 2 channels" in result.stderr
    assert not (tmp_path / "none.json").exists()


def test_false_alarms_are_of_every_channel_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    shutil.copy(CALLS / "call-03.wav", tmp_path / "calls")
    (tmp_path / "calls" / "notes.txt").write_text("not a recording")
    where = ["--audio", str(tmp_path / "calls"), "--out", str(tmp_path / "found.json"), *MODELS]
    result = CliRunner().invoke(false_alarms, where, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found = msgspec.json.decode((tmp_path / "found.json").read_bytes(), type=healthy.Found)
    assert (found.recordings, found.channels, found.left_out) == (1, 2, ())
    for item in found.alarms.values():
        assert item.healthy_calls == 2
        assert item.speech_hours > 0
        assert item.likely.value == 0.0


def test_a_corpus_or_recordings_and_not_both(tmp_path: Path) -> None:
    result = CliRunner().invoke(evaluate, ["--audio", str(tmp_path), "--run", str(tmp_path)])
    assert result.exit_code == 2
    assert "either --corpus and --run" in result.stderr
