"""`diktor learn pretrain` with a start of one's own and recordings without labels, and what it refuses."""

from pathlib import Path

import msgspec
import pytest
import soundfile
from click.testing import CliRunner

from diktor.audio.grid import Grid
from diktor.cli.learn_pretrain import pretrain
from diktor.errors import DiktorError
from diktor.learning import model, stages, starts
from diktor.learning.corpus.clips import load_clips, read_audio
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run, origin, save, started, trained
from diktor.learning.transcription.prepare import Recipe, prepare
from diktor.learning.transcription.recordings import recordings
from diktor.learning.transcription.transcripts import Model, SpokenWord, Transcript, keep

SPECS = (MemberSpec("one", layers=2, tuned=1, hidden=8, far=5), MemberSpec("two", layers=1, tuned=0, hidden=8, far=5))


@pytest.fixture
def calls(corpus: Path, tmp_path: Path) -> Path:
    """One recording with its counts beside it."""
    folder = tmp_path / "calls"
    folder.mkdir()
    clip = next(clip for clip in load_clips(corpus) if clip.split == "dev")
    soundfile.write(folder / "0.wav", read_audio(corpus, clip), 8000)
    words = tuple(SpokenWord(w.word, int(w.start * 1000), int(w.end * 1000), 0.9) for w in clip.words)
    recording = recordings(folder)[0]
    known = Transcript("0.wav", recording.digest(), Model("known", "0"), "ru", "ru", clip.length // 8, (words,))
    keep(tmp_path / "words", known)
    prepare(Recipe(tmp_path / "words", None, Grid(), 0.5), folder)
    return folder


def test_a_run_starts_from_a_checkpoint_and_another_from_that_run(
    corpus: Path, calls: Path, tiny_whisper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "MEMBERS", SPECS)
    first, second = tmp_path / "first", tmp_path / "second"
    _pretrain(corpus, first, "--start", tiny_whisper, "--counts", calls)
    assert origin(Run(first, corpus)).backbone.width == 32
    begun = msgspec.json.decode((first / "stage1.json").read_bytes())
    assert begun["steps"] == {"one": 1, "two": 1}
    assert len(begun["counts"]) == 64

    _pretrain(corpus, second, "--start", first)
    for spec in SPECS:
        before = trained(Run(first, corpus), spec, "stage1").trained_state()
        inherited = trained(Run(second, corpus), spec, "before").trained_state()
        assert {k: v.tolist() for k, v in before["heads"].items()} == {
            k: v.tolist() for k, v in inherited["heads"].items()
        }

    with pytest.raises(DiktorError, match="another budget"):
        _pretrain(corpus, first, "--start", tiny_whisper, "--counts", calls, budget=2)
    with pytest.raises(DiktorError, match="another counts"):
        _pretrain(corpus, first, "--start", tiny_whisper)
    with pytest.raises(DiktorError, match="Give --start"):
        _pretrain(corpus, first)


def test_members_of_another_shape_do_not_inherit(run: Run, tiny_whisper: Path, tmp_path: Path) -> None:
    stages.start(run, SPECS, 1, str(tiny_whisper))
    save(run.weights(SPECS[0], "stage1"), started(run, SPECS[0]).trained_state())
    wider = msgspec.structs.replace(SPECS[0], hidden=9)
    with pytest.raises(DiktorError, match="another shape"):
        starts.inherit(Run(tmp_path / "other", run.corpus), str(run.folder), [wider])


def _pretrain(corpus: Path, folder: Path, *options: object, budget: int = 0) -> None:
    where = ["--corpus", str(corpus), "--run", str(folder), "--budget", str(budget)]
    CliRunner().invoke(pretrain, [*where, *map(str, options)], catch_exceptions=False)
