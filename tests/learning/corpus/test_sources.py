"""Speech that an aligner placed becomes a corpus like the project's own; what is wrong with it is said."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from praatio.data_classes.interval_tier import IntervalTier
from praatio.data_classes.textgrid import Textgrid

from diktor.cli.learn_corpus import corpus as command
from diktor.errors import DiktorError
from diktor.learning.corpus import source, sources
from diktor.learning.corpus.build import Recipe, build
from diktor.learning.corpus.clips import load_clips
from diktor.learning.corpus.deal import Taken
from diktor.learning.corpus.phones import phone
from diktor.learning.corpus.source import RATE, Utterance
from diktor.learning.corpus.textgrid import PART_S
from tests.support.processes import ROOT

SPEECH = ROOT / "assets" / "speech"

WHO = {"Anna": "operator-1", "Aleksandr": "operator-2", "festival": "operator-3"}
"""Voices of the source speech, and what they are called in the folders of an organisation."""

MFA = {
    **{name: name for name in "aeioubdfjkmnprstvz"},
    **{"a0": "ə", "e0": "ɪ", "i0": "ɪ", "u0": "ʊ", "y": "ɨ", "y0": "ɨ", "g": "ɡ", "gg": "ɟ", "l": "ɫ", "ll": "ʎ"},
    **{"h": "x", "hh": "ç", "sh": "ʂ", "zh": "ʐ", "sch": "ɕː", "c": "t̪s̪", "ch": "tɕ", "kk": "c", "nn": "ɲ"},
    **{2 * name: f"{name}ʲ" for name in "bdfmprstvz"},
}
"""The source speech's phones as the aligner calls them."""

GAP_S = 0.4

NOTHING = Taken({}, {})


@pytest.fixture(scope="module")
def said() -> dict[str, list[Utterance]]:
    """Of each voice four utterances that no other one says, each long enough to be a piece."""
    there = [u for u in source.load(SPEECH) if u.words[-1].end > PART_S]
    voices = {voice: [u for u in there if u.voice == voice] for voice in WHO}
    others = {voice: {u.text for name, own in voices.items() if name != voice for u in own} for voice in WHO}
    return {voice: [u for u in own if u.text not in others[voice]][:4] for voice, own in voices.items()}


@pytest.fixture(scope="module")
def aligned(said: dict[str, list[Utterance]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SPEAKER/call.wav, two utterances in each, with a TextGrid as an aligner leaves it."""
    folder = tmp_path_factory.mktemp("aligned")
    for voice, utterances in said.items():
        (folder / WHO[voice]).mkdir()
        for number in (0, 1):
            _record(folder / WHO[voice] / f"call-{number}", utterances[2 * number : 2 * number + 2])
    return folder


def test_words_and_phones_are_where_the_aligner_put_them(aligned: Path, said: dict[str, list[Utterance]]) -> None:
    found = {(u.voice, u.text): u for u in sources.load(aligned)}
    for voice, utterances in said.items():
        for before in utterances:
            after = found[WHO[voice], " ".join(word.word for word in before.words)]
            heard, spoken = source.audio(aligned, after), source.audio(SPEECH, before)
            shift = after.words[0].start - before.words[0].start
            for old, new in zip(before.words, after.words, strict=True):
                assert (new.start - shift, new.end - shift) == pytest.approx((old.start, old.end), abs=1e-3)
                assert [p.phone for p in new.phones] == [_as_aligned(p.phone) for p in old.phones]
            first, last = before.words[0].start, before.words[-1].end
            size = int((last - first) * RATE)
            at, was = round((first + shift) * RATE), round(first * RATE)
            apart = [np.abs(heard[k : k + size] - spoken[was : was + size]).max() for k in range(at - 2, at + 3)]
            assert min(apart) < 0.01  # the same sound there, but for rounding to samples


def test_a_corpus_is_made_of_it_with_every_speaker_and_text_in_one_split(aligned: Path, tmp_path: Path) -> None:
    recipe = Recipe(aligned, 1.0, 1)
    build(recipe, tmp_path / "corpus", 2, lambda done, total: None)
    clips = load_clips(tmp_path / "corpus")
    assert {clip.version for clip in clips} == set(recipe.taxonomy.versions)
    assert any(mark.defective for clip in clips if clip.version == "rhotacism" for mark in clip.marks)
    for what in (lambda clip: clip.voice, lambda clip: clip.sentence):
        parts = [{what(clip) for clip in clips if clip.split == part} for part in ("train", "dev", "test")]
        assert all(parts)
        assert len(set.union(*parts)) == sum(map(len, parts))


def test_speech_of_one_speaker_joins_a_corpus_that_is_there(aligned: Path, tmp_path: Path) -> None:
    alone = aligned / "operator-1"
    with pytest.raises(DiktorError, match="speech of 2 speakers leaves nothing for"):
        sources.split(sources.load(alone), 1, NOTHING)  # recordings without a folder are of a speaker each
    build(Recipe(SPEECH, 1.0, 1), tmp_path / "made", 2, lambda done, total: None)
    options = ["--source", alone, "--add", tmp_path / "made", "--minutes", 1, "--out", tmp_path / "both"]
    result = CliRunner().invoke(command, [str(option) for option in options], catch_exceptions=False)
    assert result.exit_code == 0
    made, both = (load_clips(tmp_path / name) for name in ("made", "both"))
    assert {clip.id for clip in made} < {clip.id for clip in both}
    assert {clip.voice for clip in both} - {clip.voice for clip in made} <= {"call-0", "call-1"}
    with pytest.raises(DiktorError, match="was made from"):
        build(Recipe(alone, 1.0, 1, add=tmp_path / "both"), tmp_path / "again", 1, lambda done, total: None)


def test_of_a_piece_in_which_something_is_unknown_nothing_is_taken(
    said: dict[str, list[Utterance]], tmp_path: Path
) -> None:
    (tmp_path / "operator").mkdir()
    _record(tmp_path / "operator" / "call", said["Anna"][:2], unknown=said["Anna"][0].words[1].word)
    assert [u.text for u in sources.load(tmp_path)] == [" ".join(word.word for word in said["Anna"][1].words)]


def test_everything_that_is_wrong_is_said_at_once(said: dict[str, list[Utterance]], tmp_path: Path) -> None:
    with pytest.raises(DiktorError, match="and no TextGrids"):
        sources.load(tmp_path)
    for name in ("silent", "english", "wordless", "none"):
        _record(tmp_path / name, said["Anna"][:1])
    (tmp_path / "silent.wav").unlink()
    english = (tmp_path / "english.TextGrid").read_text("utf-8").replace('"r"', '"ɹ"')
    (tmp_path / "english.TextGrid").write_text(english, "utf-8")
    wordless = (tmp_path / "wordless.TextGrid").read_text("utf-8").replace('"words"', '"sentences"')
    (tmp_path / "wordless.TextGrid").write_text(wordless, "utf-8")
    (tmp_path / "none.TextGrid").write_text("a shopping list", "utf-8")
    with pytest.raises(DiktorError) as caught:
        sources.load(tmp_path)
    told = caught.value.cause.splitlines()[1:]
    assert len(told) == 4
    for line, said_of in zip(
        told, ("ɹ is no phone", "no TextGrid with tiers", "no recording", "no tier words"), strict=True
    ):
        assert said_of in line


def test_what_is_no_phone_of_russian_has_no_name() -> None:
    assert [phone(name) for name in ("rʲː", "ɡː", "ɣ", "t̪s̪", "ʐː", "θ", "q")] == ["rr", "g", "h", "c", "zh", None, None]


def _as_aligned(name: str) -> str:
    """What comes back: of unstressed vowels MFA tells fewer apart."""
    return {"e0": "i0", "y0": "y"}.get(name, name)


def _record(path: Path, utterances: Sequence[Utterance], unknown: str = "") -> None:
    pieces, words, phones, at = (
        list[np.ndarray](),
        list[tuple[float, float, str]](),
        list[tuple[float, float, str]](),
        0.0,
    )
    for utterance in utterances:
        for word in utterance.words:
            hidden = word.word == unknown
            words.append((at + word.start, at + word.end, "<unk>" if hidden else word.word))
            if hidden:
                phones.append((at + word.start, at + word.end, "spn"))
            else:
                phones += [(at + p.start, at + p.end, MFA[p.phone]) for p in word.phones]
        pieces += [source.audio(SPEECH, utterance), np.zeros(int(GAP_S * RATE))]
        at += (len(pieces[-2]) + len(pieces[-1])) / RATE
    soundfile.write(path.with_suffix(".wav"), np.concatenate(pieces), RATE)
    grid = Textgrid(0, at)
    for name, entries in (("words", words), ("phones", phones)):
        grid.addTier(IntervalTier(name, entries, 0, at))
    grid.save(str(path.with_suffix(".TextGrid")), format="long_textgrid", includeBlankSpaces=True)
