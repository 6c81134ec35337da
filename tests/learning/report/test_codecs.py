"""Test clips made again are the corpus' own, and only the codec is changed."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from diktor.errors import DiktorError
from diktor.learning.corpus import source
from diktor.learning.corpus.build import Recipe, versions
from diktor.learning.corpus.clips import load_clips, read_audio
from diktor.learning.report import codecs
from diktor.learning.report.bootstrap import Figure
from tests.support.processes import ROOT

SPEECH = ROOT / "assets" / "speech"
MEMBERS = [ROOT / "triton_models" / "member_a" / "1" / "model.onnx"]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A test split of one utterance."""
    folder = tmp_path_factory.mktemp("rendered")
    utterance = min(source.split(source.load(SPEECH))["test"], key=lambda item: item.duration_s)
    lines, pieces = [], []
    for clip, heard in versions(Recipe(SPEECH, 1.0, 3), "test-00000", "test", utterance):
        lines.append(msgspec.structs.replace(clip, shard="shard-0000", offset=sum(map(len, pieces))))
        pieces.append(heard.pcm)
    (folder / "shard-0000.i16").write_bytes(np.concatenate(pieces).astype("<i2").tobytes())
    (folder / "shard-0000.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    (folder / "manifest.json").write_bytes(msgspec.json.encode({"digest": "rendered", "seed": 3}))
    return folder


def test_the_same_clips_go_through_every_codec(rendered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codecs, "CODECS", ("none", "mp3-8"))
    found = codecs.codecs(rendered, SPEECH, MEMBERS, 5, 1, lambda name, done, of: None)
    assert (found.groups, found.clips) == (1, 5)
    assert {row.codec for row in found.rows} == {"none", "mp3-8"}
    plain = [row for row in found.rows if row.codec == "none" and row.window_auc.value is not None]
    assert plain
    assert all(row.window_drop in (Figure(0.0), Figure(0.0, 0.0, 0.0)) for row in plain)


def test_a_codec_changes_the_samples_and_not_the_labels(rendered: Path) -> None:
    clips = load_clips(rendered)
    audio = {clip.id: read_audio(rendered, clip) for clip in clips}
    usual, coded = (codecs.through_codec(rendered, clips, audio, codec) for codec in ("none", "mp3-8"))
    for one, other in zip(usual, coded, strict=True):
        assert one.pcm.shape == other.pcm.shape
        assert not np.array_equal(one.pcm, other.pcm)
        assert (one.name, one.words, one.marks, one.stutters) == (other.name, other.words, other.marks, other.stutters)


def test_a_corpus_that_does_not_come_out_the_same_is_refused(rendered: Path, tmp_path: Path) -> None:
    for path in rendered.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "manifest.json").write_bytes(msgspec.json.encode({"digest": "rendered", "seed": 4}))
    with pytest.raises(DiktorError, match="does not come out"):
        codecs.codecs(tmp_path, SPEECH, MEMBERS, 1, 1, lambda name, done, of: None)


def test_utterances_are_spread_over_the_split(labelled: Path) -> None:
    clips = load_clips(labelled)
    few = codecs.chosen(clips, 3)
    assert len(few) == 3
    assert {clip.split for group in few for clip in group} == {"test"}
    assert len(codecs.chosen(clips, 1000)) == len({clip.group for clip in clips if clip.split == "test"})


def test_a_run_without_a_network_says_what_to_run(labelled: Path, tmp_path: Path) -> None:
    with pytest.raises(DiktorError, match="diktor learn evaluate"):
        codecs.codecs(labelled, SPEECH, [tmp_path / "model.onnx"], 1, 1, lambda name, done, of: None)
