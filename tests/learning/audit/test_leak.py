"""A network that knows the clip, and not the sound, is told from one that hears the sound."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from diktor.audio.grid import Grid
from diktor.errors import DiktorError
from diktor.learning.audit.leak import Context, Leak, contexts, hear, leaks
from diktor.learning.calls import Call, Heard, Scored, joined
from diktor.learning.corpus.clips import Clip, load_clips
from diktor.learning.ensemble import MemberOutputs
from tests.support.processes import ROOT

LETTERS = {"healthy": "", "rhotacism": "р", "fricative_g": "г"}
MEMBERS = [ROOT / "triton_models" / name / "1" / "model.onnx" for name in ("member_a", "member_b")]
Voice = Callable[[Call, np.ndarray, np.random.Generator], None]


def relabelled(corpus: Path, per_voice: int = 12) -> list[Clip]:
    """Every utterance healthy, and with all its р or all its г called defective, of the same samples."""
    seen: dict[str, int] = {}
    clips = []
    for clip in load_clips(corpus):
        seen[clip.voice] = seen.get(clip.voice, 0) + 1
        if seen[clip.voice] <= per_voice:
            for version, letter in LETTERS.items():
                marks = tuple(msgspec.structs.replace(mark, defective=mark.letter == letter) for mark in clip.marks)
                clips.append(msgspec.structs.replace(clip, version=version, marks=marks))
    return clips


def judged(corpus: Path, found: Sequence[Context], say: Voice) -> list[Leak]:
    """The leaks of a network that says of a call's frames (T, 3) what `say` writes into them."""
    rng = np.random.default_rng(0)
    scored = []
    for item in found:
        call = joined(corpus, item.place, item.version, item.clips)
        duration = len(call.pcm) // 8
        whole = rng.normal(size=(duration // 20 + 500, 3))
        say(call, whole, rng)
        heard = []
        for window in Grid().windows(duration):
            logits = whole[window.start_ms // 20 :][:250].astype(np.float32)[None]
            heard.append(Heard(window, 5000, MemberOutputs(np.zeros((1, 250, 2), np.float32), logits, logits)))
        scored.append(Scored(call, tuple(heard)))
    return leaks(found, scored)


def at_the_sound(call: Call, frames: np.ndarray, rng: np.random.Generator) -> None:
    for mark in call.marks:
        if mark.defective:
            frames[int(mark.start * 50) + 1 : int(mark.end * 50)] += 8


def all_over(call: Call, frames: np.ndarray, rng: np.random.Generator) -> None:
    if call.version != "healthy":
        frames += 1


@pytest.fixture(scope="module")
def found(corpus: Path) -> list[Context]:
    return contexts(relabelled(corpus))


def test_a_network_that_hears_the_sound_alone_does_not_leak(corpus: Path, found: list[Context]) -> None:
    assert [item.verdict for item in judged(corpus, found, at_the_sound)] == ["passes", "passes"]


def test_a_network_that_knows_the_clip_leaks(corpus: Path, found: list[Context]) -> None:
    for item in judged(corpus, found, all_over):
        assert item.verdict == "fails"
        assert item.low is not None
        assert item.low > 0.8


def test_the_words_are_those_without_the_letter_in_clips_with_the_defect(corpus: Path, found: list[Context]) -> None:
    fricative = judged(corpus, found, at_the_sound)[1]
    clips = [clip for item in found if item.version == "fricative_g" for clip in item.clips]
    able = [clip for clip in clips if any(mark.letter == "г" for mark in clip.marks)]
    without = sum(len(c.words) - len({m.word for m in c.marks if m.letter == "г"}) for c in able)
    assert len(able) < len(clips)
    assert 0.8 * without < fricative.words <= without  # a word longer than the windows' overlap lies in none


def test_only_held_out_speech_is_heard_and_in_the_same_order(found: list[Context]) -> None:
    assert {clip.split for item in found for clip in item.clips} == {"dev", "test"}
    orders: dict[str, set[tuple[str, ...]]] = {}
    for item in found:
        orders.setdefault(item.place, set()).add(tuple(clip.group for clip in item.clips))
        assert {clip.version for clip in item.clips} == {item.version}
    assert all(len(order) == 1 for order in orders.values())


def test_what_the_shipped_release_says_of_the_same_samples_is_the_same(corpus: Path) -> None:
    few = contexts(relabelled(corpus, 4))
    rhotacism = leaks(few, hear(corpus, few, MEMBERS, 1, lambda done, of: None))[0]
    assert rhotacism.words >= 20
    assert rhotacism.auc == 0.5
    assert rhotacism.verdict == "passes"


def test_too_few_words_decide_nothing(corpus: Path) -> None:
    few = contexts(relabelled(corpus, 1))
    assert {item.verdict for item in judged(corpus, few, all_over)} == {"too few"}


def test_a_run_without_a_network_says_what_to_run(corpus: Path, found: list[Context], tmp_path: Path) -> None:
    with pytest.raises(DiktorError, match="diktor learn evaluate"):
        hear(corpus, found, [tmp_path / "model.onnx"], 1, lambda done, of: None)
