"""A planted shortcut is found and named; what only the labels tell is not."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from diktor.errors import DiktorError
from diktor.learning.audit.shortcuts import Shortcut, shortcuts
from diktor.learning.corpus.clips import Clip, load_clips

Found = dict[tuple[str, str, str], Shortcut]


def audited(folder: Path) -> Found:
    found = shortcuts(folder, load_clips(folder), lambda name, done, of: None)
    return {(item.level, item.defect, item.trait): item for item in found}


@pytest.fixture(scope="module")
def clean(sound: Path) -> Found:
    return audited(sound)


def test_labels_without_a_trace_are_no_shortcut(clean: Found) -> None:
    judged = [item for item in clean.values() if item.defect != "fricative_g"]
    assert {(item.level, item.defect) for item in judged} == {
        (level, defect) for level in ("word", "clip") for defect in ("rhotacism", "stuttering")
    }
    assert {item.trait: item.auc for item in judged if item.verdict != "passes"} == {}


def test_a_reader_is_at_chance_where_every_sentence_is_healthy_and_defective(clean: Found) -> None:
    for defect in ("rhotacism", "stuttering"):
        for trait in ("text", "words"):
            assert clean["clip", defect, trait].auc == 0.5
            assert clean["clip", defect, trait].low == clean["clip", defect, trait].high == 0.5


def test_a_defect_the_corpus_lacks_is_not_said_to_pass(clean: Found) -> None:
    lacking = [item for item in clean.values() if item.defect == "fricative_g"]
    assert lacking
    assert all(item.verdict == "too few" and item.auc is None and item.defective == 0 for item in lacking)


def test_speech_without_a_letter_says_nothing_of_its_defect(sound: Path) -> None:
    clips = [msgspec.structs.replace(clip, marks=(), stutters=()) for clip in load_clips(sound)]
    found = [item for item in shortcuts(sound, clips, lambda name, done, of: None) if item.defect == "rhotacism"]
    assert {(item.level, item.verdict) for item in found} == {("word", "too few"), ("clip", "too few")}


def test_a_clip_is_no_example_of_what_nobody_judged_in_it(clean: Found, sound: Path) -> None:
    clips = [
        msgspec.structs.replace(clip, judged=("rhotacism",)) if clip.version == "healthy" else clip
        for clip in load_clips(sound)
    ]
    found = {(i.level, i.defect, i.trait): i for i in shortcuts(sound, clips, lambda name, done, of: None)}
    assert found["word", "rhotacism", "text"].rows == clean["word", "rhotacism", "text"].rows
    stuttering = found["clip", "stuttering", "pauses"]
    assert (stuttering.verdict, stuttering.rows) == ("too few", stuttering.defective)


def test_only_words_with_the_letter_are_asked_about_its_defect(clean: Found, sound: Path) -> None:
    clips = [clip for clip in load_clips(sound) if clip.version in ("healthy", "rhotacism")]
    with_r = sum(any(m.letter == "р" and m.word == n for m in c.marks) for c in clips for n in range(len(c.words)))
    assert clean["word", "rhotacism", "text"].rows == with_r


def test_longer_words_and_louder_clips_are_caught_and_named(plant, stretch) -> None:  # type: ignore[no-untyped-def]
    def change(clip: Clip, pcm: np.ndarray) -> tuple[Clip, np.ndarray]:
        if clip.version == "stuttering":
            return stretch(clip, pcm, [n for n, word in enumerate(clip.words) if word.stuttered], 0.4)
        return clip, (pcm // 8 if clip.version == "rhotacism" else pcm)

    found = audited(plant("planted", change))
    longer, quieter = found["word", "stuttering", "duration"], found["clip", "rhotacism", "energy"]
    assert longer.verdict == quieter.verdict == "fails"
    assert longer.auc is not None
    assert longer.auc > 0.9
    assert longer.telling_auc is not None
    assert longer.telling_auc > 0.9
    assert quieter.telling in ("level", "loudest")
    assert quieter.telling_auc is not None
    assert quieter.telling_auc < 0.1
    for level, defect, trait in (("clip", "stuttering", "text"), ("clip", "rhotacism", "duration")):
        assert found[level, defect, trait].verdict == "passes", (level, defect, trait)
    assert found["clip", "stuttering", "all of them"].verdict == "fails"


def test_sentences_that_are_only_healthy_or_only_defective_are_caught(plant, sound: Path) -> None:  # type: ignore[no-untyped-def]
    def share(clip: Clip) -> float:
        return sum(word.word.count("о") for word in clip.words) / len(clip.words)

    usual = np.median([share(clip) for clip in load_clips(sound)])

    def change(clip: Clip, pcm: np.ndarray) -> tuple[Clip, np.ndarray] | None:
        marked = share(clip) > usual
        return None if clip.version == "rhotacism" or marked == (clip.version == "healthy") else (clip, pcm)

    found = audited(plant("sentences", change))
    assert found["clip", "stuttering", "text"].verdict == "fails"


def test_healthy_speech_that_alone_was_not_vocoded_is_told_apart_in_the_report(plant, stretch) -> None:  # type: ignore[no-untyped-def]
    """Half of the healthy clips lack the pauses of all others: a shortcut, and none among the vocoded ones."""

    def change(clip: Clip, pcm: np.ndarray) -> tuple[Clip, np.ndarray] | None:
        if clip.version == "stuttering":
            return None
        if clip.version == "healthy" and int(clip.sentence.strip("s")) % 2:
            return msgspec.structs.replace(clip, natural=True), pcm
        return stretch(clip, pcm, [1, 2], 0.3)

    item = audited(plant("natural", change))["clip", "rhotacism", "pauses"]
    assert item.verdict == "fails"
    assert item.among_vocoded is not None
    assert item.among_vocoded < 0.65


@pytest.mark.parametrize("what", ["voice", "kind"])
def test_one_voice_or_one_template_cannot_be_audited(sound: Path, what: str) -> None:
    clips = [msgspec.structs.replace(clip, **{what: "only"}) for clip in load_clips(sound)]
    with pytest.raises(DiktorError, match="two of each"):
        shortcuts(sound, clips, lambda name, done, of: None)
