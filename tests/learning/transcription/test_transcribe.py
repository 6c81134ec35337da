"""The offline Whisper on a few seconds of clean speech."""

import json
import os
import shutil
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from click.testing import CliRunner, Result

from diktor.cli.learn_prepare import prepare
from diktor.cli.learn_transcribe import transcribe
from diktor.errors import DiktorError
from diktor.learning.corpus.clips import load_clips
from diktor.learning.transcription.prepare import load_counts
from diktor.learning.transcription.recordings import RATE, recordings
from diktor.learning.transcription.transcribe import transcribe as transcribed
from diktor.learning.transcription.transcripts import Transcript, find
from diktor.learning.transcription.whisper import LOOP, Recogniser, recogniser
from tests.learning.conftest import SPEECH

SENTENCES = {"irina.opus": "irina/s0164"}
STEREO, BROKEN = "calls/stereo.wav", "broken.mp3"
THREADS = ["--threads", "1"]


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence, another with silence beside it on a second channel, and a file that is no audio."""
    folder = tmp_path_factory.mktemp("audio")
    for name, place in SENTENCES.items():
        shutil.copy(SPEECH / "audio" / f"{place}.opus", folder / name)
    speech, rate = soundfile.read(SPEECH / "audio" / "irina" / "s0277.opus")
    (folder / STEREO).parent.mkdir()
    soundfile.write(folder / STEREO, np.stack([speech, 0 * speech], 1), rate)
    (folder / BROKEN).write_bytes(b"no audio at all")
    rows = [f'{name},"{_line(place)["text"]}",Irina\n' for name, place in SENTENCES.items()]
    (folder / "transcripts.csv").write_text("file,text,voice\n" + "".join(rows), "utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(audio: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Transcripts of all of it in one run, and what the command said."""
    out = tmp_path_factory.mktemp("transcripts")
    return out, _run(audio, out)


@pytest.fixture(scope="module")
def offline() -> Recogniser:
    return recogniser("offline", 1)


def test_words_come_out_with_their_times(whole: tuple[Path, Result]) -> None:
    for name, place in SENTENCES.items():
        transcript = _transcript(whole[0], name)
        (heard,), known = transcript.channels, _line(place)
        assert [word.text.strip(".,").lower() for word in heard] == [word["word"] for word in known["words"]]
        for word, spoken in zip(heard, known["words"], strict=True):
            middle = 500 * (spoken["start"] + spoken["end"])
            assert abs((word.start_ms + word.end_ms) / 2 - middle) < 250, word
            assert 0.2 < word.probability <= 1
        assert transcript.duration_ms == pytest.approx(1000 * known["duration_s"], abs=1)
        assert transcript.language == "ru"


def test_each_channel_has_its_own_words(whole: tuple[Path, Result]) -> None:
    speech, silence = _transcript(whole[0], STEREO).channels
    assert speech[0].text.lower() == "продавец"
    assert silence == ()


def test_a_broken_recording_is_named_and_the_rest_goes_on(whole: tuple[Path, Result]) -> None:
    out, result = whole
    assert result.exit_code == 1
    assert f"refused {BROKEN} is not an audio file" in result.output
    assert "2 transcribed" in result.output
    assert find(out, BROKEN) is None


def test_letters_are_counted_right_on_clean_speech(audio: Path, whole: tuple[Path, Result], tmp_path: Path) -> None:
    options = ["--transcripts", str(whole[0]), "--audio", str(audio), "--out", str(tmp_path)]
    result = CliRunner().invoke(prepare, options, catch_exceptions=False)
    assert "3 channels" in result.output
    report = json.loads((tmp_path / "preparation.json").read_text("utf-8"))["report"]
    assert report["total"]["wer"] == 0
    assert report["by"]["voice"]["Irina"]["exact"] == {"р": 1, "г": 1}
    windows = {(c.recording, c.channel): c.windows[0].markers for c in load_counts(tmp_path)}
    assert windows["irina.opus", 0] == (5, 4), "Григорий жарит грибы, Ольга режет хлеб и зелень"


def test_killed_and_run_again_it_leaves_the_same_and_does_nothing_twice(
    audio: Path, whole: tuple[Path, Result], offline: Recogniser, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "diktor", "learn", "transcribe", "--audio", str(audio), "--out", str(tmp_path)]
    with subprocess.Popen([*command, *THREADS], stdout=subprocess.DEVNULL, env=os.environ) as process:
        while not (done := _files(tmp_path)) and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    assert len(done) == 1
    (first,) = done
    before = (tmp_path / first).stat().st_mtime_ns

    summary = transcribed(recordings(audio), tmp_path, offline, "ru", 0.5, lambda done, of: None)
    assert (summary.transcribed, summary.found) == (1, 1)
    assert _files(tmp_path) == _files(whole[0])
    assert (tmp_path / first).stat().st_mtime_ns == before


def test_other_audio_or_another_language_is_heard_again(
    audio: Path, whole: tuple[Path, Result], offline: Recogniser
) -> None:
    name = next(iter(SENTENCES))
    transcript = _transcript(whole[0], name)
    (file,) = [recording for recording in recordings(audio) if recording.name == name]
    assert transcript.answers(file.digest(), offline.model, "ru")
    assert not transcript.answers("another", offline.model, "ru")
    assert not transcript.answers(file.digest(), offline.model, "auto")


def test_parts_share_the_recordings_and_tell_what_came_of_theirs(audio: Path, whole: tuple[Path, Result]) -> None:
    told = []
    for part in ("1/2", "2/2"):
        options = ["--audio", str(audio), "--out", str(whole[0]), *THREADS, "--part", part, "--drop", "--json"]
        result = CliRunner().invoke(transcribe, options, catch_exceptions=False)
        assert result.exit_code == 0
        told.append(json.loads(result.stdout.splitlines()[-1]))
    assert [(item["found"], item["transcribed"], len(item["refused"])) for item in told] == [(1, 0, 1), (1, 0, 0)]
    for part in ("0/2", "3/2", "half"):
        result = CliRunner().invoke(transcribe, ["--audio", str(audio), "--out", str(whole[0]), "--part", part])
        assert "is no part" in result.output


def test_clips_of_a_corpus_are_recordings_with_known_words_and_sounds(
    corpus: Path, offline: Recogniser, tmp_path: Path
) -> None:
    wanted = next(clip for clip in load_clips(corpus) if clip.voice == "Irina")
    clips = [recording for recording in recordings(corpus) if recording.name == wanted.id]
    summary = transcribed(clips, tmp_path / "words", offline, "ru", 0.5, lambda done, of: None)
    assert (summary.transcribed, summary.refused) == (1, ())
    assert summary.audio_s == pytest.approx(wanted.length / 8000, abs=0.01)
    options = ["--transcripts", str(tmp_path / "words"), "--audio", str(corpus), "--out", str(tmp_path)]
    result = CliRunner().invoke(prepare, options, catch_exceptions=False)
    assert "voice Irina" in result.output
    report = json.loads((tmp_path / "preparation.json").read_text("utf-8"))["report"]
    assert report["total"]["reference"] == len(wanted.words)
    assert sum(found["windows"] for found in report["windows"].values()) >= 1


def test_silence_has_no_words(offline: Recogniser) -> None:
    assert offline.listen(np.zeros(3 * RATE, np.float32), "ru").words == ()


def test_what_goes_round_in_circles_is_heard_again(offline: Recogniser) -> None:
    """A syllable sixteen times makes Whisper write it a hundred times, very sure of itself."""
    speech, rate = soundfile.read(SPEECH / "audio" / "irina" / "s0164.opus", dtype="float32")
    assert rate == RATE
    words = offline.listen(np.tile(speech[int(0.4 * RATE) : int(0.7 * RATE)], 16), "ru").words
    text = " ".join(word.text for word in words).encode()
    assert len(text) / len(zlib.compress(text)) < LOOP
    assert all(0 <= word.start_ms <= word.end_ms <= 4800 for word in words)


def _run(audio: Path, out: Path) -> Result:
    return CliRunner().invoke(transcribe, ["--audio", str(audio), "--out", str(out), *THREADS], catch_exceptions=False)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("[!.]*.words.json")}


def _transcript(folder: Path, name: str) -> Transcript:
    transcript = find(folder, name)
    assert transcript is not None
    return transcript


def _line(place: str) -> dict:  # type: ignore[type-arg]
    lines = map(json.loads, (SPEECH / "alignment.jsonl").read_text("utf-8").splitlines())
    return next(line for line in lines if line["file"] == f"audio/{place}.opus")


def test_known_words_are_found_where_they_are_said(offline: Recogniser) -> None:
    """Against the phones' exact times; and a text that nobody said is less likely than the one that was said."""
    line = _line(SENTENCES["irina.opus"])
    speech, rate = soundfile.read(SPEECH / "audio" / f"{SENTENCES['irina.opus']}.opus", dtype="float32")
    samples = np.asarray(soxr.resample(speech, rate, RATE), np.float32)
    said = [word["word"] for word in line["words"]]
    found = offline.align(samples, said, "ru")
    assert [word.text for word in found] == said
    late = [abs(word.start_ms / 1000 - known["start"]) for word, known in zip(found, line["words"], strict=True)]
    assert np.quantile(late, 0.8) < 0.1, "a pause before a word counts as the word"
    others = offline.align(samples, said[::-1], "ru")
    assert np.mean([word.probability for word in others]) < np.mean([word.probability for word in found]) / 2
    with pytest.raises(DiktorError, match="does not know the language xx"):
        offline.align(samples, said, "xx")
