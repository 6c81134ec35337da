"""Recordings become a corpus, from the old archive, a manifest or a folder, alone or beside another, and teach."""

import csv
import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import soundfile
import torch
from click.testing import CliRunner, Result

from diktor.cli.learn_corpus import corpus as command
from diktor.errors import DiktorError
from diktor.learning import assess, stages
from diktor.learning.corpus import archive
from diktor.learning.corpus.archive_writing import write
from diktor.learning.corpus.clips import Clip, ClipWord, Version, digest, load_clips, read_audio
from diktor.learning.corpus.deal import SPLITS
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run, trained
from diktor.learning.training import train_member
from diktor.learning.transcription.transcripts import Model, SpokenWord, Transcript, keep

VERSIONS: tuple[Version, ...] = ("healthy", "rhotacism", "fricative_g", "stuttering")
TINY = MemberSpec("tiny", layers=2, tuned=0, far=5, hidden=16)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments), "--jobs", "1"])


@pytest.fixture(scope="module")
def classed(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    """The small corpus as if it had every class, and one clip that the old form cannot hold."""
    folder = tmp_path_factory.mktemp("classed")
    clips = load_clips(corpus)[::2]
    given = [msgspec.structs.replace(clip, version=VERSIONS[n % 4]) for n, clip in enumerate(clips)]
    given[-1] = msgspec.structs.replace(given[-1], version="mixed")
    (folder / "shard-0000.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, given)))
    shutil.copy(corpus / "shard-0000.i16", folder)
    shutil.copy(corpus / "manifest.json", folder)
    return folder


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory, classed: Path) -> Path:
    folder = tmp_path_factory.mktemp("old")
    assert write(classed, folder, lambda done, total: None) == 23
    return folder


@pytest.fixture
def spoilt(tmp_path: Path, old: Path) -> Path:
    """The archive with everything wrong that may be."""
    folder = tmp_path / "spoilt"
    shutil.copytree(old, folder)
    audio = folder / archive.AUDIO
    (audio / "broken.mp3").write_bytes(b"no audio" * 100)
    shutil.copy(audio / "00000.mp3", audio / "copy.mp3")
    soundfile.write(audio / "short.wav", np.ones(800), 8000)
    soundfile.write(audio / "silent.wav", np.zeros(8000), 8000)
    lines = ["lost.mp3,0", "00001.mp3,1", "00002.mp3,7", "00003.mp3,", "broken.mp3,0", "copy.mp3,0", "short.wav,1"]
    lines += ["silent.wav,1", "only-a-name", "../../data_train.csv,0"]
    with (folder / archive.TABLE).open("a", encoding="utf-8") as table:
        table.write("\n".join(lines) + "\n")
    return folder


def test_an_archive_is_written_in_the_old_form(old: Path, classed: Path) -> None:
    with (old / "data_train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert Counter(row[1] for row in rows) == {"0": 6, "1": 6, "2": 6, "3": 5}
    assert {row[0] for row in rows} == {path.name for path in (old / "data_mp3" / "train").iterdir()}
    entries, problems = archive.read(old)
    assert not problems
    assert [entry.version for entry in entries] == [c.version for c in load_clips(classed) if c.version != "mixed"]


def test_sound_keeps_its_time_through_mp3(old: Path, classed: Path, tmp_path: Path) -> None:
    assert run("--archive", old, "--out", tmp_path).exit_code == 0
    for clip in load_clips(tmp_path)[:4]:
        source = load_clips(classed)[int(clip.recording[:5])]
        here, there = (read_audio(*at).astype(float) for at in ((tmp_path, clip), (classed, source)))
        assert abs(len(here) - len(there)) < 80
        length = min(len(here), len(there))
        assert np.corrcoef(here[:length], there[:length])[0, 1] > 0.9


def test_an_archive_knows_classes_and_nothing_else(old: Path, tmp_path: Path) -> None:
    result = run("--archive", old, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    clips = load_clips(tmp_path)
    assert Counter(clip.version for clip in clips) == {
        "healthy": 6, "rhotacism": 6, "fricative_g": 6, "stuttering": 5,
    }  # fmt: skip
    assert all(clip.weak and not clip.transcribed and not clip.marks for clip in clips)
    assert len({clip.voice for clip in clips}) == 23
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert manifest["digest"] == digest(tmp_path)
    assert "speaker of 23 recordings is not known" in str(manifest["notes"])
    assert "speaker of 23 recordings is not known" in result.output


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_made(spoilt: Path, tmp_path: Path) -> None:
    result = run("--archive", spoilt, "--out", tmp_path / "out")
    assert result.exit_code == 1
    for number, said in (
        (24, "lost.mp3 is missing"),
        (25, "00001.mp3 is listed twice"),
        (26, "unknown class '7'"),
        (27, "it has no class"),
        (28, "broken.mp3 cannot be taken: broken.mp3 is not an audio file"),
        (29, "copy.mp3 is the same recording as 00000.mp3"),
        (30, "short.wav cannot be taken: it is too short"),
        (31, "silent.wav cannot be taken: it is silent"),
        (32, "1 columns, two are wanted"),
        (33, "../../data_train.csv lies outside"),
    ):
        assert f"data_train.csv, line {number}: {said}" in result.output
    assert not list((tmp_path / "out").glob("*"))


def test_what_is_wrong_can_be_left_out(spoilt: Path, old: Path, tmp_path: Path) -> None:
    result = run("--archive", spoilt, "--out", tmp_path / "out", "--drop")
    assert result.exit_code == 0, result.output
    assert "broken.mp3 is not an audio file" in result.output
    assert len(json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["dropped"]) == 10
    run("--archive", old, "--out", tmp_path / "clean")
    assert digest(tmp_path / "out") == digest(tmp_path / "clean")


def test_a_manifest_tells_more_than_the_archive_and_splits_by_speaker_and_sentence(old: Path, tmp_path: Path) -> None:
    result = run("--manifest", old / "manifest.parquet", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    clips = load_clips(tmp_path)
    assert clips
    assert all(clip.weak == (clip.version == "stuttering") for clip in clips if clip.marks)
    assert all(clip.transcribed and clip.words for clip in clips)
    for what in ("voice", "sentence"):
        parts = [{getattr(clip, what) for clip in clips if clip.split == split} for split in ("train", "dev", "test")]
        assert len(set.union(*parts)) == sum(map(len, parts))


def test_the_same_recordings_and_seed_make_the_same_corpus_after_an_interruption(old: Path, tmp_path: Path) -> None:
    assert run("--archive", old, "--out", tmp_path / "one").exit_code == 0
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    next((tmp_path / "two").glob("shard-*.jsonl")).unlink()
    (tmp_path / "two" / "manifest.json").unlink()
    assert run("--archive", old, "--out", tmp_path / "two").exit_code == 0
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    other = run("--archive", old, "--out", tmp_path / "one", "--seed", "2")
    assert other.exit_code != 0
    assert "another corpus" in str(other.exception)


def test_nothing_is_put_into_a_folder_that_holds_another_corpus(old: Path, classed: Path, tmp_path: Path) -> None:
    assert run("--archive", old, "--out", tmp_path).exit_code == 0
    there = digest(tmp_path)
    for arguments in (["--seed", "2", "--add", classed], ["--add", tmp_path]):
        assert run("--archive", old, "--out", tmp_path, *arguments).exit_code != 0
        assert digest(tmp_path) == there


def test_recordings_are_added_to_a_corpus(old: Path, classed: Path, tmp_path: Path) -> None:
    result = run("--archive", old, "--add", classed, "--out", tmp_path / "both")
    assert result.exit_code == 0, result.output
    clips = load_clips(tmp_path / "both")
    assert [clip for clip in clips if not clip.recording] == load_clips(classed)
    assert sum(bool(clip.recording) for clip in clips) == 23
    assert [read_audio(tmp_path / "both", clip).sum() for clip in clips[:23]] == [
        read_audio(classed, clip).sum() for clip in load_clips(classed)[:23]
    ]
    manifest = json.loads((tmp_path / "both" / "manifest.json").read_text("utf-8"))
    assert "Irina" in manifest["splits"]["test"]["voices"]
    again = run("--archive", old, "--add", tmp_path / "both", "--out", tmp_path / "third")
    assert again.exit_code == 1
    assert again.output.count("already") == 23


def test_speakers_and_sentences_of_the_corpus_that_is_added_keep_their_split(
    old: Path, classed: Path, tmp_path: Path
) -> None:
    assert run("--manifest", old / "manifest.parquet", "--add", classed, "--out", tmp_path).exit_code == 0
    clips = load_clips(tmp_path)
    for what in ("voice", "sentence"):
        splits: dict[str, set[str]] = {}
        for clip in clips:
            splits.setdefault(getattr(clip, what), set()).add(clip.split)
        assert all(len(found) == 1 for found in splits.values())
    own = [clip for clip in clips if clip.recording]
    assert {clip.split for clip in own if clip.voice == "Irina"} <= {"test"}
    assert own


def test_a_split_that_is_told_is_kept_and_one_speaker_has_one(old: Path, tmp_path: Path) -> None:
    table = pyarrow.parquet.read_table(old / "manifest.parquet").to_pylist()
    split = {voice: SPLITS[number % 3] for number, voice in enumerate(sorted({row["speaker"] for row in table}))}
    rows = [{k: row[k] for k in ("file", "class", "speaker")} | {"split": split[row["speaker"]]} for row in table]

    def made(name: str) -> Result:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), old / f"{name}.parquet")
        return run("--manifest", old / f"{name}.parquet", "--out", tmp_path / name)

    assert made("told").exit_code == 0
    assert {clip.voice: clip.split for clip in load_clips(tmp_path / "told")} == split
    rows[0]["split"] = next(name for name in SPLITS if name != rows[0]["split"])
    result = made("both")
    assert isinstance(result.exception, DiktorError)
    assert "A speaker is in one split" in str(result.exception)


def test_a_folder_with_a_table_and_transcripts(tmp_path: Path, classed: Path) -> None:
    folder, clips = tmp_path / "calls", load_clips(classed)
    folder.mkdir()
    for number in range(3):
        pcm = read_audio(classed, clips[number])
        soundfile.write(folder / f"{number}.wav", np.stack([pcm, pcm[::-1]], 1), 8000, subtype="PCM_16")
    (folder / "transcripts.csv").write_text(
        "file,class,voice,channel,text\n0.wav,,Анна,0,Добрый день\n1.wav,rhotacism,,1,\n2.wav,,,,\n", "utf-8"
    )
    for number in range(3):
        checksum = hashlib.sha256((folder / f"{number}.wav").read_bytes()).hexdigest()
        said = (SpokenWord("город", 200, 900, 0.9),)
        model = Model("offline", "0")
        keep(tmp_path / "words", Transcript(f"{number}.wav", checksum, model, "ru", "ru", 3000, (said, said)))
    nothing = run("--audio", folder, "--out", tmp_path / "none")
    assert nothing.exit_code == 1
    assert nothing.output.count("it has no class") == 2
    result = run("--audio", folder, "--class", "none", "--transcripts", tmp_path / "words", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "1 stereo recordings name no channel" in result.output
    found = sorted(load_clips(tmp_path / "out"), key=lambda clip: (clip.recording, clip.id))
    assert [(clip.recording, clip.version, clip.weak) for clip in found] == [
        ("0.wav", "healthy", False),
        ("1.wav", "rhotacism", True),
        ("2.wav", "healthy", False),
        ("2.wav", "healthy", False),
    ]
    assert found[0].voice == "Анна"
    np.testing.assert_array_equal(read_audio(tmp_path / "out", found[1]), read_audio(classed, clips[1])[::-1])
    assert all([word.word for word in clip.words] == ["город"] for clip in found)


def test_long_recordings_are_cut(tmp_path: Path, classed: Path) -> None:
    folder = tmp_path / "calls"
    folder.mkdir()
    pcm = np.concatenate([read_audio(classed, clip) for clip in load_clips(classed)[:12]])
    soundfile.write(folder / "long.flac", pcm, 8000, subtype="PCM_16")
    assert run("--audio", folder, "--class", "stuttering", "--out", tmp_path / "out").exit_code == 0
    clips = load_clips(tmp_path / "out")
    assert len(clips) > 1
    assert all(clip.length <= 25 * 8000 for clip in clips)
    assert len({(clip.split, clip.voice) for clip in clips}) == 1
    np.testing.assert_array_equal(np.concatenate([read_audio(tmp_path / "out", clip) for clip in clips]), pcm)


def test_options_that_say_nothing_without_recordings_are_refused(tmp_path: Path) -> None:
    result = run("--class", "none", "--out", tmp_path)
    assert result.exit_code == 2
    assert "--archive, --manifest or --audio" in result.output


def test_labels_of_clips_without_anything_new_are_written_as_ever() -> None:
    plain = Clip(
        "a", "a", "train", "v", "s", "k", "healthy", True, "none", 9.0, "shard-0000", 0, 8,
        (ClipWord("да", 0.1, 0.2, False),), (), (),
    )  # fmt: skip
    assert msgspec.json.encode(plain) == (
        b'{"id":"a","group":"a","split":"train","voice":"v","sentence":"s","kind":"k","version":"healthy",'
        b'"natural":true,"codec":"none","snr_db":9.0,"shard":"shard-0000","offset":0,"length":8,'
        b'"words":[{"word":"\xd0\xb4\xd0\xb0","start":0.1,"end":0.2,"stuttered":false}],"marks":[],"stutters":[]}'
    )


@pytest.mark.parametrize("beside", [False, True])
def test_a_corpus_of_recordings_goes_through_training_and_evaluation(
    old: Path, classed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: bool
) -> None:
    made = tmp_path / "corpus"
    assert run("--archive", old, "--out", made, *(["--add", classed] if beside else [])).exit_code == 0
    here = Run(tmp_path / "run", made)
    stages.start(here, [TINY], 1)
    states = stages.keep_states(here, [TINY], lambda done, total: None)
    told: list[dict[str, float]] = []
    for stage in ("stage1", "stage2"):
        train_member(here, TINY, stage, 3, states, lambda progress: told.append(progress.terms))
    assert told[-1]["weak"] > 0
    assert (told[-1]["counting"] > 0) == beside
    assert all(bool(torch.isfinite(p).all()) for p in trained(here, TINY).parameters())
    if not beside:  # the harder of the two to judge: no sound is placed
        monkeypatch.setattr(assess, "ROUNDED", 2)
        monkeypatch.setattr(assess, "SHUFFLES", 1)
        found = assess.evaluate(here, [TINY], lambda *_: None)
        assert found.corpus_digest == digest(made)
        assert found.metrics["test"]["call"]["rhotacism"]["likely_when_present"] is not None
        assert found.metrics["test"]["window"]["rhotacism"]["auc"] is None
