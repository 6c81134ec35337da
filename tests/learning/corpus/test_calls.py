"""The sample calls: the same from a seed, as their list says, from sentences that were never trained on."""

import io
import json
from pathlib import Path
from random import Random

import av
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from diktor.audio.decode import blocks, facts
from diktor.cli.learn_corpus import corpus
from diktor.learning.corpus import source
from diktor.learning.corpus.calls import CUSTOMERS, OPERATORS, SCRIPT, Demo, _cast, _Studio, encoded, make
from tests.support.processes import ROOT

SPEECH = ROOT / "assets" / "speech"
CALLS = ROOT / "assets" / "calls"


@pytest.fixture(scope="module")
def listed() -> list[dict[str, object]]:
    return list(json.loads((CALLS / "calls.json").read_text("utf-8"))["calls"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Demo]]:
    out = tmp_path_factory.mktemp("calls")
    return out, make(SPEECH, out, 2, 7, lambda done, total: None)


def pcm_of(path: Path) -> NDArray[np.int16]:
    return np.concatenate(list(blocks(path)), axis=1)


def test_every_listed_call_is_there_and_nothing_else(listed: list[dict[str, object]]) -> None:
    files = {path.name for path in CALLS.iterdir()} - {"calls.json", "labels.jsonl", "README.md"}
    assert {call["file"] for call in listed} == files
    assert len(files) == len(listed) >= 20


def test_files_are_as_long_as_listed_and_have_two_channels(listed: list[dict[str, object]]) -> None:
    codecs = set()
    for call in listed:
        found = facts(CALLS / str(call["file"]))
        codecs.add(found.codec)
        assert found.channels == 2
        assert found.duration_ms / 1000 == pytest.approx(call["seconds"], abs=0.25), call["file"]
    assert codecs >= {"opus", "pcm_alaw", "flac"}
    assert any(codec.startswith("mp3") for codec in codecs)


def test_the_list_has_every_defect_on_an_operator_and_one_on_a_customer(listed: list[dict[str, object]]) -> None:
    truths = [call["truth"] for call in listed]
    operators = [truth["operator"] for truth in truths]  # type: ignore[index]
    assert {version: operators.count(version) >= 4 for version in set(operators)} == dict.fromkeys(
        ("healthy", "rhotacism", "fricative_g", "stuttering"), True
    )
    customers = [truth for truth in truths if truth["customer"] != "healthy"]  # type: ignore[index]
    assert customers
    assert all(truth["operator"] == "healthy" for truth in customers)  # type: ignore[index]


def test_an_operator_speaks_the_same_way_in_every_call() -> None:
    ways: dict[str, set[str]] = {}
    for number, version in enumerate(SCRIPT):
        ways.setdefault(_cast(number, version).id, set()).add(version)
    assert set(ways) == {operator.id for operator in OPERATORS}
    assert all(len(versions) == 1 for versions in ways.values())


def test_no_sentence_of_a_call_was_trained_on() -> None:
    trained = {utterance.text for utterance in source.split(source.load(SPEECH))["train"]}
    studio = _Studio(SPEECH, 7)
    for voice in {operator.voice for operator in OPERATORS} | {voice for voice, _ in CUSTOMERS}:
        lines = studio.lines(voice, "healthy", Random(0))
        assert lines
        assert not trained & {line.text for line in lines}


def test_the_same_seed_makes_the_same_calls(made: tuple[Path, list[Demo]], tmp_path: Path) -> None:
    folder, calls = made
    again = make(SPEECH, tmp_path, 2, 7, lambda done, total: None)
    assert again == calls
    for call in calls:
        assert (tmp_path / call.file).read_bytes() == (folder / call.file).read_bytes(), call.file


def test_the_committed_calls_are_what_their_seed_makes(
    made: tuple[Path, list[Demo]], listed: list[dict[str, object]]
) -> None:
    folder, calls = made
    for call, committed in zip(calls, listed, strict=False):
        assert json.loads((folder / "calls.json").read_text("utf-8"))["calls"][calls.index(call)] == committed
        ours, theirs = (pcm_of(where / call.file).astype(float) for where in (folder, CALLS))
        length = min(ours.shape[1], theirs.shape[1])
        assert np.corrcoef(ours[:, :length].ravel(), theirs[:, :length].ravel())[0, 1] > 0.98


def test_both_sides_of_a_call_are_heard_apart(made: tuple[Path, list[Demo]]) -> None:
    folder, calls = made
    for call in calls:
        operator, customer = pcm_of(folder / call.file).astype(float)
        assert np.abs(operator).max() > 3000
        assert np.abs(customer).max() > 3000
        assert abs(np.corrcoef(operator, customer)[0, 1]) < 0.1


def test_labels_say_what_each_side_says_and_when(made: tuple[Path, list[Demo]]) -> None:
    folder, calls = made
    lines = [json.loads(line) for line in (folder / "labels.jsonl").read_text("utf-8").splitlines()]
    assert [(line["file"], line["channel"]) for line in lines] == [(c.file, k) for c in calls for k in (0, 1)]
    assert [line["version"] for line in lines[::2]] == [call.truth["operator"] for call in calls]
    for line in lines:
        pcm = np.abs(pcm_of(folder / line["file"])[line["channel"]].astype(float))
        spoken = np.mean([pcm[int(w["start"] * 8000) : int(w["end"] * 8000)].mean() for w in line["words"]])
        assert spoken > 3 * pcm[:3000].mean(), "words are where they are said"
        assert all(m["end"] <= len(pcm) / 8000 and m["letter"] in "рг" for m in line["marks"])
        assert any(m["defective"] for m in line["marks"]) == (line["version"] == "rhotacism")
        assert all(0 <= m["word"] < len(line["words"]) for m in line["marks"])


def test_a_call_of_many_turns_lasts_minutes(tmp_path: Path) -> None:
    (call,) = make(SPEECH, tmp_path, 1, 7, lambda done, total: None, turns=20)
    assert call.seconds > 120
    assert facts(tmp_path / call.file).duration_ms / 1000 == pytest.approx(call.seconds, abs=0.25)


@pytest.mark.parametrize(
    ("suffix", "rate", "noise"), [("wav", 8000, 0.05), ("flac", 8000, 0.0), ("ogg", 48000, 0.3), ("mp3", 8000, 0.3)]
)
def test_an_encoded_call_keeps_its_channels_and_its_time(suffix: str, rate: int, noise: float) -> None:
    seconds = np.arange(16000) / 8000
    tones = np.stack([np.sin(2 * np.pi * 440 * seconds), np.sin(2 * np.pi * 1000 * seconds) * (seconds > 1)]) * 8000
    data = encoded(np.rint(tones).astype(np.int16), suffix)
    with av.open(io.BytesIO(data)) as container:
        assert container.streams.audio[0].rate == rate
        resampler = av.AudioResampler("s16p", "stereo", 8000)
        pieces = [piece.to_ndarray() for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
        pieces += [piece.to_ndarray() for piece in resampler.resample(None)]
    heard = np.concatenate(pieces, axis=1).astype(float)
    assert heard.shape[1] == pytest.approx(16000, abs=2000)
    strength = np.abs(np.fft.rfft(heard[:, 10000:14000]))  # 2 Hz a bin
    assert [int(np.argmax(channel)) * 2 for channel in strength] == [440, 1000]
    first_half = heard[1, 2000:6000]
    assert np.abs(first_half).max() <= noise * 8000 + 1


def test_the_command_makes_calls(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        corpus, ["--out", str(tmp_path), "--source", str(SPEECH), "--calls", "1", "--seed", "3"], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    assert "1 calls" in result.output
    assert (tmp_path / "call-01.ogg").exists()


def test_the_command_refuses_a_folder_without_speech(tmp_path: Path) -> None:
    result = CliRunner().invoke(corpus, ["--out", str(tmp_path / "out"), "--source", str(tmp_path)])
    assert result.exit_code != 0
    assert "alignment.jsonl" in str(result.exception)
