"""Recordings without labels: their certain windows teach to count, and only those that were transcribed."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
import torch

from diktor.audio.grid import Grid
from diktor.defects import DEFAULT
from diktor.errors import DiktorError
from diktor.learning import counts, stages
from diktor.learning.corpus.clips import load_clips, read_audio
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run, trained
from diktor.learning.states import States
from diktor.learning.training import Progress, train_member
from diktor.learning.transcription.prepare import Recipe, prepare
from diktor.learning.transcription.recordings import recordings
from diktor.learning.transcription.transcripts import Model, SpokenWord, Transcript, keep

SPEC = MemberSpec("tiny", layers=1, tuned=0, hidden=16, far=5, dropout=0.0, noise=0.0)


@pytest.fixture(scope="module")
def audio(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six recordings, two clips in each, of a voice the corpus keeps for development."""
    folder = tmp_path_factory.mktemp("calls")
    clips = [clip for clip in load_clips(corpus) if clip.split == "dev"]
    for number in range(6):
        pcm = np.concatenate([read_audio(corpus, clip) for clip in clips[2 * number : 2 * number + 2]])
        soundfile.write(folder / f"{number}.wav", pcm, 8000)
    return folder


@pytest.fixture(scope="module")
def prepared(corpus: Path, audio: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was said in them, as a sure recogniser would have it, but for one word."""
    folder = tmp_path_factory.mktemp("prepared")
    clips = [clip for clip in load_clips(corpus) if clip.split == "dev"]
    for recording in recordings(audio):
        number, words, start = int(recording.name.split(".")[0]), [], 0
        for clip in clips[2 * number : 2 * number + 2]:
            words += [
                SpokenWord(w.word, start + int(w.start * 1000), start + int(w.end * 1000), 0.9) for w in clip.words
            ]
            start += clip.length // 8
        if number == 0:
            words[0] = msgspec.structs.replace(words[0], probability=0.1)
        known = Transcript(recording.name, recording.digest(), Model("known", "0"), "ru", "ru", start, (tuple(words),))
        keep(folder / "words", known)
    prepare(Recipe(folder / "words", None, Grid(), 0.5), folder / "counts")
    return folder / "counts"


def test_only_certain_windows_are_taken_and_they_are_read_as_calls_are(prepared: Path, audio: Path) -> None:
    found = counts.excerpts(prepared, audio, DEFAULT)
    assert ("0.wav", 0) not in {(e.recording, e.start_ms) for e in found}
    assert ("1.wav", 0) in {(e.recording, e.start_ms) for e in found}
    excerpt = next(e for e in found if e.start_ms)
    pcm, _ = soundfile.read(audio / excerpt.recording, dtype="int16")
    heard = counts.samples(audio, excerpt)
    assert heard.shape == (40_000,)
    piece = pcm[excerpt.start_ms * 8 : excerpt.end_ms * 8]
    np.testing.assert_array_equal(heard[: len(piece)], piece)
    assert not heard[len(piece) :].any()


def test_a_step_takes_each_window_once_before_any_again() -> None:
    seen = [counts.chosen(7, 3, 1, step) for step in range(2)]
    assert seen == [counts.chosen(7, 3, 1, step) for step in range(2)]
    assert len({index for step in seen for index in step}) == 6
    assert len(counts.chosen(2, 12, 1, 5)) == 2


def test_stage_1_learns_from_counted_recordings(run: Run, prepared: Path, audio: Path) -> None:
    stages.start(run, [SPEC], 1)
    kept = stages.keep_states(run, [SPEC], lambda done, total: None, stages.Unlabelled(prepared, audio))
    assert kept.counted
    states = States(kept.counted, SPEC.frozen, len(kept.excerpts))
    hidden = torch.from_numpy(np.stack([states[k] for k in range(len(kept.excerpts))])).float()
    wanted = [excerpt.markers for excerpt in kept.excerpts]
    losses, told = [], list[Progress]()
    for steps in (1, 100):
        train_member(run, SPEC, "stage1", steps, kept, told.append)
        with torch.no_grad():
            outputs = trained(run, SPEC, "stage1").heads(hidden)
        losses.append(float(counts.loss(outputs, wanted)))
        run.weights(SPEC, "stage1").unlink()
    assert losses[1] < losses[0]
    heard = outputs.markers.sum(1)[:, 0].numpy()
    assert np.corrcoef(heard, [markers[0] for markers in wanted])[0, 1] > 0.5
    assert "windows" in told[-1].terms


def test_what_does_not_belong_to_the_counts_is_refused(prepared: Path, audio: Path, tmp_path: Path) -> None:
    with pytest.raises(DiktorError, match="diktor learn prepare"):
        counts.excerpts(tmp_path, audio, DEFAULT)
    changed = tmp_path / "calls"
    shutil.copytree(audio, changed)
    (changed / "3.wav").write_bytes((changed / "2.wav").read_bytes())
    with pytest.raises(DiktorError, match=r"3\.wav is not what was transcribed"):
        counts.excerpts(prepared, changed, DEFAULT)
    (changed / "3.wav").unlink()
    with pytest.raises(DiktorError, match=r"holds no 3\.wav"):
        counts.excerpts(prepared, changed, DEFAULT)
