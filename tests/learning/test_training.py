from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from diktor.learning import losses, training
from diktor.learning.corpus.clips import load_clips, read_audio
from diktor.learning.model import DefectNet, MemberSpec
from diktor.learning.stages import calibration_windows
from diktor.learning.training import Material, fit
from diktor.learning.transplant import build
from diktor.learning.whisper_weights import Weights
from diktor.learning.windows import LENGTH, Piece, Window, labels, plan, samples
from diktor.scoring.combine import normalise

SPEC = MemberSpec("tiny", layers=2, tuned=0, far=5, seed=3)


class Interrupted(Exception):
    pass


class CutOff(list[np.ndarray]):
    """States that give out after so many reads."""

    left = 10**9

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        self.left -= 1
        if self.left < 0:
            raise Interrupted
        return super().__getitem__(index)


def _windows(corpus: Path, split: str) -> list[Window]:
    return plan([clip for clip in load_clips(corpus) if clip.split == split], 1)


def _material(net: DefectNet, corpus: Path, split: str) -> Material:
    windows = _windows(corpus, split)
    with torch.no_grad():
        pcm = np.stack([samples(corpus, window) for window in windows])
        states = net.lower(torch.from_numpy(normalise(pcm)), net.spec.frozen)[-1].numpy()
    return Material(windows, [labels(window) for window in windows], CutOff(states))


def _edited(net: DefectNet, corpus: Path, split: str) -> Material:
    """The clips of a split, each р with a chance of one half replaced by noise, and so labelled."""
    rng, windows, pcm = np.random.default_rng(7), [], []
    for clip in load_clips(corpus):
        if clip.split != split:
            continue
        audio, marks = read_audio(corpus, clip).astype(np.float32), []
        for mark in clip.marks:
            defective = mark.letter == "р" and bool(rng.random() < 0.5)
            marks.append(msgspec.structs.replace(mark, defective=defective))
            if defective:
                part = slice(int(mark.start * 8000), int(mark.end * 8000))
                audio[part] = rng.normal(size=len(audio[part])) * audio[part].std()
        length = min(len(audio), LENGTH)
        edited = msgspec.structs.replace(clip, marks=tuple(marks))
        windows.append(Window(clip.group, "rhotacism", 0, (Piece(edited, 0, 0, length),)))
        pcm.append(np.pad(audio[:length], (0, LENGTH - length)).astype(np.int16))
    with torch.no_grad():
        states = net.lower(torch.from_numpy(normalise(np.stack(pcm))), net.spec.frozen)[-1].numpy()
    return Material(windows, [labels(window) for window in windows], list(states))


@pytest.fixture(scope="module")
def started(whisper: Weights, corpus: Path) -> DefectNet:
    return build(SPEC, whisper, calibration_windows(corpus, 1))


def test_a_little_training_counts_letters_of_a_new_voice_better_than_a_constant(
    started: DefectNet, corpus: Path, tmp_path: Path
) -> None:
    fit(started, _material(started, corpus, "train"), "stage1", 100, tmp_path / "checkpoint.pt", lambda _: None)
    held_out = _material(started, corpus, "test")
    with torch.no_grad():
        states = torch.from_numpy(np.stack(list(held_out.states)))
        rates = started.heads(states).markers.numpy()
    rows = [
        (sound.letters, rates[number, max(0, sound.start - 1) : sound.end + 1, 0].sum())
        for number, item in enumerate(held_out.labels)
        for sound in item.words
        if sound.letter == 0
    ]
    letters, counted = (np.array(column, float) for column in zip(*rows, strict=True))
    assert np.abs(counted - letters).mean() < 0.75 * np.abs(np.median(letters) - letters).mean()


def test_a_little_training_hears_edited_sounds_of_a_new_voice_and_a_seed_decides_everything(
    whisper: Weights, corpus: Path, tmp_path: Path
) -> None:
    """Every second р becomes noise as loud as it was: a crude defect, healthy and defective in the same clip."""
    nets = [build(SPEC, whisper, calibration_windows(corpus, 1)) for _ in range(2)]
    train, held_out = (_edited(nets[0], corpus, split) for split in ("train", "test"))
    for number, net in enumerate(nets):
        fit(net, train, "stage2", 60 if number == 0 else 3, tmp_path / f"{number}.pt", lambda _: None)
    again = build(SPEC, whisper, calibration_windows(corpus, 1))
    fit(again, train, "stage2", 3, tmp_path / "again.pt", lambda _: None)
    for first, second in zip(nets[1].parameters(), again.parameters(), strict=True):
        assert torch.equal(first, second)

    with torch.no_grad():
        outputs = nets[0].heads(torch.from_numpy(np.stack(list(held_out.states))))
        words = losses.gather([[w for w in item.words if w.letters] for item in held_out.labels], 1, 250)
        scores = losses.stretch_logits(outputs, words)
    mine = words.letter == 0
    assert roc_auc_score(words.target[mine], scores[mine]) > 0.7


@pytest.mark.parametrize("averaged", [0.0, 0.5])
def test_a_run_that_was_cut_off_ends_with_the_same_weights(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, averaged: float
) -> None:
    monkeypatch.setattr(training, "CHECKPOINT", 2)
    spec = MemberSpec("tiny", layers=1, tuned=1, far=5, noise=0.2, seed=5, averaged=averaged)
    nets = [build(spec, None, None) for _ in range(3)]
    material = _material(nets[0], corpus, "dev")

    fit(nets[0], material, "stage2", 6, tmp_path / "whole.pt", lambda _: None)
    material.states.left = 9  # type: ignore[union-attr]
    with pytest.raises(Interrupted):
        fit(nets[1], material, "stage2", 6, tmp_path / "cut.pt", lambda _: None)
    material.states.left = 10**9  # type: ignore[union-attr]
    fit(nets[2], material, "stage2", 6, tmp_path / "cut.pt", lambda _: None)

    for (name, value), other in zip(nets[0].state_dict().items(), nets[2].state_dict().values(), strict=True):
        assert torch.equal(value, other), name


def test_a_member_that_takes_half_of_stage_2_goes_the_same_way_as_one_that_takes_all(
    corpus: Path, tmp_path: Path
) -> None:
    whole, half = (MemberSpec("tiny", layers=1, tuned=1, far=5, noise=0.2, seed=5, taken=share) for share in (1.0, 0.5))
    assert (training.taken(half, "stage1", 6), training.taken(half, "stage2", 6)) == (6, 3)
    nets = [build(spec, None, None) for spec in (whole, half)]
    material = _material(nets[0], corpus, "dev")
    material.states.left = 3 * len(training.batch(training._groups(material.windows), whole, 0))  # type: ignore[union-attr]
    with pytest.raises(Interrupted):
        fit(nets[0], material, "stage2", 6, tmp_path / "whole.pt", lambda _: None)
    material.states.left = 10**9  # type: ignore[union-attr]
    fit(nets[1], material, "stage2", 3, tmp_path / "half.pt", lambda _: None)
    for (name, value), other in zip(nets[0].state_dict().items(), nets[1].state_dict().values(), strict=True):
        assert torch.equal(value, other), name


def test_recordings_are_told_from_speech_that_was_made(corpus: Path) -> None:
    windows = _windows(corpus, "train")
    first = windows[0].group
    mixed = [
        window._replace(
            pieces=tuple(
                piece._replace(clip=msgspec.structs.replace(piece.clip, recording="call.wav"))
                for piece in window.pieces
            )
        )
        if window.group == first
        else window
        for window in windows
    ]
    groups = training._groups(mixed)
    assert [{windows[index].group for versions in group for index in versions} for group in groups.recorded] == [
        {first}
    ]
    assert len(groups.made) == len({window.group for window in windows}) - 1


def test_a_step_holds_whole_groups_with_every_version() -> None:
    groups = training.Groups([[[10 * g + v] for v in range(5)] for g in range(7)], [])
    spec = MemberSpec("tiny", layers=1, tuned=1)
    seen = [training.batch(groups, spec, step) for step in range(6)]
    assert seen == [training.batch(groups, spec, step) for step in range(6)]
    assert len({tuple(step) for step in seen}) > 1
    for step in seen:
        assert len(step) == 5 * training.GROUPS[0]
        for group in {index // 10 for index in step}:
            assert {index % 10 for index in step if index // 10 == group} == set(range(5))


@pytest.mark.parametrize("tuned", [1, 0])
def test_half_of_a_step_is_recordings_however_many_there_are(tuned: int) -> None:
    made = [[[10 * group + version] for version in range(5)] for group in range(9)]
    recorded = [[[1000 + number], [2000 + number]] for number in range(60)]
    spec = MemberSpec("tiny", layers=1, tuned=tuned)
    half = training.GROUPS[0 if tuned else 1] // 2
    groups = training.Groups(made, recorded)
    steps = training._per_epoch(groups, spec)
    assert steps == 60 // half
    heard = [training.batch(groups, spec, step) for step in range(steps)]
    for step in heard:
        assert sum(index >= 1000 for index in step) == 2 * half
        assert len(step) == 2 * half + 5 * half
    together = {index for step in heard for index in step}
    assert together == {version[0] for group in made + recorded for version in group}
