"""Stored calls become material: windows cut exactly where they were judged, split by operator, named in a lineage."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from diktor.audio.decode import blocks, facts
from diktor.audio.grid import Grid
from diktor.cli.data_from_calls import from_calls as command
from diktor.cli.learn_corpus import corpus as make_corpus
from diktor.defects import DEFAULT
from diktor.learning import stages
from diktor.learning.calls import compose
from diktor.learning.corpus import manifest
from diktor.learning.corpus.clips import Clip, load_clips, read_audio
from diktor.learning.counts import excerpts
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run, trained
from diktor.learning.training import train_member
from diktor.learning.transcription.prepare import Recipe, prepare
from diktor.learning.transcription.recordings import recordings
from diktor.learning.transcription.transcripts import Model, SpokenWord, Transcript, keep
from diktor.recordings import Recording, Recordings, call_id_of, digest_of
from diktor.rows import CallRow, LabelName, LabelRow, WindowRow
from diktor.settings import Settings
from diktor.stamp import NEVER
from diktor.store.client import Store
from diktor.store.labels import Labels
from tests.support.processes import ROOT

CALLS = ROOT / "assets" / "calls"
TINY = MemberSpec("tiny", layers=2, tuned=0, far=5, hidden=16)
OPERATORS = {"call-02.mp3": "op-1", "call-05.mp3": "op-2", "call-14.mp3": "op-3", "call-24.ogg": "op-3"}
"""And one call that came too long ago, and one that is not scored."""


def run(out: Path, *arguments: object) -> Result:
    return CliRunner().invoke(command, ["--out", str(out), "--days", "7", "--json", *map(str, arguments)])


def told(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.exception or result.output
    document = json.loads(result.output.splitlines()[-1])
    assert isinstance(document, dict)
    return document


def call_of(name: str) -> str:
    return call_id_of(digest_of(CALLS / name))


def label(name: str, start_ms: int, defect: str, verdict: LabelName, channel: str = "operator") -> LabelRow:
    return LabelRow(call_of(name), channel, start_ms, defect, verdict, "Анна", "", NEVER)


LABELS = [
    label("call-02.mp3", 4000, "rhotacism", "confirmed"),
    label("call-02.mp3", 8000, "rhotacism", "rejected"),
    label("call-02.mp3", 8000, "stuttering", "rejected"),
    label("call-02.mp3", 12000, "rhotacism", "confirmed"),
    label("call-02.mp3", 12000, "fricative_g", "confirmed"),
    label("call-02.mp3", 16000, "stuttering", "confirmed"),
    label("call-02.mp3", 16000, "fricative_g", "confirmed"),
    label("call-02.mp3", 0, "rhotacism", "confirmed", "customer"),
    label("call-05.mp3", 4000, "stuttering", "confirmed"),
    label("call-05.mp3", 4000, "rhotacism", "rejected"),
    label("call-05.mp3", 20000, "fricative_g", "other"),
    label("call-14.mp3", 0, "rhotacism", "rejected"),
    label("call-14.mp3", 0, "fricative_g", "rejected"),
    label("call-14.mp3", 0, "stuttering", "rejected"),
]


@pytest.fixture
def store(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Recordings:
    """Six recordings on disk, or on the storage of fsspec that a test asks for, and the rows of their calls."""
    if where := getattr(request, "param", ""):
        monkeypatch.setenv("DIKTOR_RECORDINGS", f"{where}://{settings.home.parent.name}")
    return asyncio.run(filled(Settings.load()))


known = cache(facts)


async def filled(settings: Settings) -> Recordings:
    kept, store, now = Recordings(settings.recordings_url), await Store.open(settings), datetime.now(UTC)
    names = [*OPERATORS, "call-01.ogg", "call-08.mp3"]
    calls: list[CallRow] = []
    windows: list[WindowRow] = []
    for name in names:
        path = CALLS / name
        found, call_id = known(path), call_of(name)
        recording = Recording(
            call_id, digest_of(path), name, path.stat().st_size, OPERATORS.get(name, "op-9"), "north", "inbound", now,
            ("operator", "customer"), found.duration_ms, None, now - timedelta(days=9 if name == "call-01.ogg" else 1),
        )  # fmt: skip
        kept.put(recording, path)
        call = CallRow(
            call_id, recording.operator_id, "north", "inbound", name, now, recording.channels, 1, 0,
            "open" if name == "call-08.mp3" else "scored", "", (), now,
        )  # fmt: skip
        calls.append(call)
        windows += [
            WindowRow(call_id, channel, w.start_ms, w.end_ms, 3000, (0.5,) * 3, (1.0,) * 2, ((),) * 3, 1, now)
            for channel in recording.channels
            for w in Grid().windows(found.duration_ms)
        ]
    await store.insert_calls(calls)
    await store.insert_windows(windows)
    await store.close()
    await say(settings, LABELS)
    return kept


async def say(settings: Settings, rows: Sequence[LabelRow]) -> None:
    connection = await Labels.open(settings)
    await connection.put(rows)
    await connection.close()


def heard(name: str, start_ms: int) -> np.ndarray:
    """The operator's window, as the scorer hears it."""
    pcm = np.concatenate(list(blocks(CALLS / name)), axis=1)[0]
    return np.asarray(pcm[start_ms * 8 : (start_ms + 5000) * 8])


def windows_of(clips: Sequence[Clip]) -> dict[tuple[str, int], Clip]:
    names = {call_of(name): name for name in OPERATORS}
    parts = [(clip, Path(clip.recording).stem.rsplit("-", 2)) for clip in clips if clip.recording]
    return {(names[call], int(start)): clip for clip, (call, _, start) in parts}


@pytest.fixture
def base(tmp_path: Path, corpus: Path) -> Path:
    """Eight clips of synthetic speech to add to."""
    folder = tmp_path / "base"
    shutil.copytree(corpus, folder)
    lines = (corpus / "shard-0000.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "shard-0000.jsonl").write_bytes(b"".join(lines[::6]))
    return folder


@pytest.mark.usefixtures("store")
def test_stored_calls_become_material_and_then_clips_that_carry_their_labels(tmp_path: Path, base: Path) -> None:
    out = tmp_path / "out"
    result = run(out)
    document = told(result)
    lineage = json.loads((out / "lineage.json").read_text("utf-8"))
    for said in (
        "customer, 0 ms: customers are not judged",
        "operator, 16000 ms: no class holds fricative_g and stuttering together",
    ):
        assert said in result.output
    assert (document["windows"], document["left_out"], document["new"]) == (5, 2, 4 + 13)
    entries, problems = manifest.read(out / "manifest.parquet")
    assert not problems
    assert len({(entry.speaker, entry.split) for entry in entries}) == 3
    assert {call["call_id"] for call in lineage["calls"]} == {call_of(name) for name in OPERATORS}
    assert sum(bool(item["file"]) for item in lineage["labels"]) == 10

    made = tmp_path / "corpus"
    arguments = ["--manifest", str(out / "manifest.parquet"), "--add", str(base), "--out", str(made), "--jobs", "1"]
    built = CliRunner().invoke(make_corpus, arguments)
    assert built.exit_code == 0, built.output
    clips = windows_of(load_clips(made))
    assert {key: (clip.version, clip.judged) for key, clip in clips.items()} == {
        ("call-02.mp3", 4000): ("rhotacism", ("rhotacism",)),
        ("call-02.mp3", 8000): ("healthy", ("rhotacism", "stuttering")),
        ("call-02.mp3", 12000): ("mixed", ("rhotacism", "fricative_g")),
        ("call-05.mp3", 4000): ("stuttering", ("rhotacism", "stuttering")),
        ("call-14.mp3", 0): ("healthy", ("rhotacism", "fricative_g", "stuttering")),
    }
    for (name, start), clip in clips.items():
        np.testing.assert_array_equal(read_audio(made, clip), heard(name, start))
        assert clip.weak
        assert clip.voice == f"operator {OPERATORS[name]}"
        assert clip.split == lineage["operators"][OPERATORS[name]]

    here = Run(tmp_path / "run", made)
    stages.start(here, [TINY], 1)
    states = stages.keep_states(here, [TINY], lambda done, total: None)
    terms: list[dict[str, float]] = []
    train_member(here, TINY, "stage2", 4, states, lambda progress: terms.append(progress.terms))
    assert max(told["weak"] for told in terms) > 0
    assert all(bool(torch.isfinite(p).all()) for p in trained(here, TINY).parameters())
    evaluated = {
        clip.id for split in ("train", "dev", "test") for call in compose(made, split, 1, 1) for clip in call.clips
    }
    own = {key for key, clip in clips.items() if clip.id in evaluated}
    assert own == clips.keys() - {("call-02.mp3", 8000)}, "what is healthy in part is no example of healthy speech"


@pytest.mark.parametrize("store", ["memory"], indirect=True)
def test_calls_without_labels_are_for_counting_unless_their_operator_is_held_out(
    store: Recordings, settings: Settings, tmp_path: Path
) -> None:
    first = told(run(tmp_path / "first"))
    lineage = json.loads((tmp_path / "first" / "lineage.json").read_text("utf-8"))
    uses = {call["call_id"]: call["use"] for call in lineage["calls"]}
    seen = lineage["operators"]["op-3"] == "train"
    assert uses[call_of("call-24.ogg")] == ("unlabelled" if seen else "held out")
    for split, wanted in (("train", 1), ("test", 0)):
        lineage["operators"]["op-3"] = split
        (tmp_path / "last.json").write_text(json.dumps({**lineage, "calls": [], "labels": []}), "utf-8")
        document = told(run(tmp_path / split, "--last", tmp_path / "last.json"))
        assert (document["unlabelled_calls"], document["held_out_calls"]) == (wanted, 1 - wanted)
        again = json.loads((tmp_path / split / "lineage.json").read_text("utf-8"))
        assert again["operators"] == lineage["operators"], "who was in a split stays in it"
        if wanted:
            (one,) = recordings(tmp_path / split / "unlabelled")
            assert one.name == f"{call_of('call-24.ogg')}.ogg"
            assert one.digest() == digest_of(CALLS / "call-24.ogg")
            said = (SpokenWord("город", 5200, 5900, 0.9),)
            model = Model("offline", "0")
            keep(tmp_path / "words", Transcript(one.name, one.digest(), model, "ru", "ru", 40_000, (said, ())))
            prepare(Recipe(tmp_path / "words", None, Grid(), 0.5), tmp_path / "counts")
            (found,) = excerpts(tmp_path / "counts", tmp_path / split / "unlabelled", DEFAULT)
            assert (found.start_ms, found.markers) == (4000, (1, 1))
        else:
            assert document["unlabelled"] is None
    assert first["digest"] != document["digest"] or not seen


def test_too_little_that_is_new_is_skipped_with_the_reason(
    store: Recordings, settings: Settings, tmp_path: Path
) -> None:
    assert "17 new recordings and labels at all, at least 18" in str(told(run(tmp_path / "a", "--min-new", 18))["skip"])
    assert not (tmp_path / "a").exists()
    first = told(run(tmp_path / "a", "--min-new", 17))
    assert told(run(tmp_path / "a", "--min-new", 18)) == first, "what is finished stays"
    assert "0 new recordings and labels since" in str(told(run(tmp_path / "b"))["skip"])
    asyncio.run(say(Settings.load(), [label("call-24.ogg", 0, "rhotacism", "confirmed")]))
    asyncio.run(say(Settings.load(), [label("call-02.mp3", 4000, "rhotacism", "rejected")]))
    assert "2 new recordings and labels" in str(told(run(tmp_path / "b", "--min-new", 3))["skip"])
    store.delete(call_of("call-05.mp3"))
    second = told(run(tmp_path / "b", "--min-new", 2))
    assert (second["new"], second["windows"]) == (2, 5)
    assert not list((tmp_path / "b" / "windows").glob(f"{call_of('call-05.mp3')}*")), "what is deleted is not learned"


def test_a_damaged_recording_is_left_out_and_an_interrupted_run_leaves_nothing_strange(
    store: Recordings, settings: Settings, tmp_path: Path
) -> None:
    out, broken = tmp_path / "out", tmp_path / "broken"
    broken.write_bytes(b"no audio")
    recording = store.get(call_of("call-02.mp3"))
    assert recording
    store.put(recording, broken)
    for folder in ("windows", "unlabelled"):
        (out / folder).mkdir(parents=True)
        (out / folder / "left-by-another.wav").write_bytes(b"")
    result = run(out)
    assert told(result)["windows"] == 2
    assert result.output.count("is not an audio file") == 3
    assert not list(out.rglob("left-by-another.wav"))
    lineage = json.loads((out / "lineage.json").read_text("utf-8"))
    for window in lineage["windows"]:
        assert hashlib.sha256((out / window["file"]).read_bytes()).hexdigest() == window["digest"]
    assert msgspec.json.decode((settings.home / "calls-lineage.json").read_bytes()) == lineage
