"""The corpus: the same from a seed, whole after an interruption, split cleanly, edited only where it says."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from diktor.learning.corpus import source
from diktor.learning.corpus.build import Recipe, build
from diktor.learning.corpus.channel import CODECS, through
from diktor.learning.corpus.clips import Clip, digest, labels, load_clips, read_audio
from diktor.learning.corpus.render import Plan, plan, render
from diktor.learning.corpus.world import HOP_S, Speaker, analyse
from tests.support.processes import ROOT

SPEECH = ROOT / "assets" / "speech"
RECIPE = Recipe(SPEECH, 1.0, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("corpus")
    build(RECIPE, out, 2, lambda done, total: None)
    return out


@pytest.fixture(scope="module")
def clips(folder: Path) -> list[Clip]:
    return load_clips(folder)


def test_an_interrupted_corpus_is_finished_and_is_the_same(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    lost = sorted(copy.glob("shard-*.jsonl"))[0]
    kept = {p: p.stat().st_mtime_ns for p in copy.glob("shard-*") if p.stem != lost.stem}
    lost.unlink()
    lost.with_suffix(".i16").write_bytes(b"half a shard")
    (copy / "manifest.json").unlink()
    build(RECIPE, copy, 1, lambda done, total: None)
    assert digest(copy) == digest(folder)
    assert {p: p.stat().st_mtime_ns for p in kept} == kept


def test_no_voice_and_no_sentence_is_in_two_splits(clips: list[Clip]) -> None:
    texts = {u.sentence: u.text for u in source.load(SPEECH)}
    for what in (lambda c: c.voice, lambda c: texts[c.sentence]):
        parts = [{what(c) for c in clips if c.split == part} for part in ("train", "dev", "test")]
        assert all(parts)
        assert not parts[0] & parts[1]
        assert not parts[0] & parts[2]
        assert not parts[1] & parts[2]


def test_versions_of_a_group_have_the_same_words_and_letters(clips: list[Clip]) -> None:
    groups: dict[str, list[Clip]] = {}
    for clip in clips:
        groups.setdefault(clip.group, []).append(clip)
    for versions in groups.values():
        assert {c.version for c in versions} == {"healthy", "rhotacism", "fricative_g", "mixed", "stuttering"}
        assert len({tuple(w.word for w in c.words) for c in versions}) == 1
        assert len({tuple(m.letter for m in c.marks) for c in versions}) == 1


def test_each_version_has_its_defects_and_no_other(clips: list[Clip]) -> None:
    for clip in clips:
        found = {m.letter for m in clip.marks if m.defective}
        allowed = {"rhotacism": {"р"}, "fricative_g": {"г"}, "mixed": {"р", "г"}}.get(clip.version, set())
        assert found <= allowed, clip.id
        assert bool(clip.stutters) == (clip.version == "stuttering")


def test_labels_lie_in_the_clip_and_add_up(clips: list[Clip], folder: Path) -> None:
    for clip in clips:
        seconds = len(read_audio(folder, clip)) / 8000
        assert all(0 <= m.start < m.end <= seconds + 0.05 for m in (*clip.marks, *clip.stutters))
        middle = seconds / 2
        halves = [labels(clip, 0, middle), labels(clip, middle, seconds + 1)]
        whole = labels(clip, 0, seconds + 1)
        for name, count in whole.defects.items():
            assert count == sum(half.defects[name] for half in halves)
        assert whole.markers["р"] == sum(m.letter == "р" for m in clip.marks)


def test_a_defect_changes_the_sound_and_leaves_the_rest() -> None:
    utterance = next(u for u in source.load(SPEECH) if u.voice == "Anna" and "р" in u.text)
    frames = analyse(source.audio(SPEECH, utterance))
    healthy = render(utterance, frames, Plan(), Speaker(), "seed")
    from random import Random

    chosen = plan(utterance, "rhotacism", Random(0), "seed", 0.0, severe=True)
    burr = render(utterance, frames, chosen, Speaker(), "seed")
    first, edited = (
        next(m for m in r.marks if m.word in chosen.spoken["р"] and m.letter == "р") for r in (healthy, burr)
    )
    assert first.start == pytest.approx(edited.start, abs=0.03)
    before = int((first.start - 0.05) * 16000)
    quiet = np.abs(healthy.samples[:before] - burr.samples[:before]).mean() / np.abs(healthy.samples[:before]).mean()
    inside = slice(int(edited.start * 16000), int(edited.end * 16000))
    loud = np.abs(healthy.samples[inside] - burr.samples[inside]).mean() / np.abs(healthy.samples[inside]).mean()
    assert edited.end - edited.start >= 4 * HOP_S
    assert loud > 5 * quiet


@pytest.mark.parametrize("codec", CODECS)
def test_codecs_keep_time(codec: str) -> None:
    rng = np.random.default_rng(0)
    pulses = np.zeros(16000)
    pulses[[3000, 9000]] = 1
    pcm = np.convolve(pulses, rng.normal(size=800) * np.hanning(800), "same") * 6000
    heard = through(pcm.astype(np.int16), codec)
    assert len(heard) == 16000
    energy = np.convolve(heard.astype(float) ** 2, np.ones(400), "same")
    assert abs(int(np.argmax(energy[:6000])) - 3000) < 200
    assert abs(int(np.argmax(energy[6000:])) + 6000 - 9000) < 200
