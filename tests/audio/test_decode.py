"""Every codec gives the channels it was made from; what is no audio is refused by name."""

import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from diktor.audio.decode import Facts, blocks, facts
from diktor.errors import AudioError
from diktor.learning.corpus.calls import encoded

SECONDS = 3


def tones(rate: int = 8000) -> np.ndarray:
    """(2, samples): another pitch on each channel."""
    t = np.arange(SECONDS * rate) / rate
    return np.rint(12000 * np.sin(2 * np.pi * np.array([[440], [900]]) * t)).astype(np.int16)


def pitch(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples.astype(float)))
    return float(np.argmax(spectrum) * 8000 / len(samples))


def decoded(path: Path) -> np.ndarray:
    return np.concatenate(list(blocks(path)), axis=1)


@pytest.mark.parametrize("suffix", ["wav", "ogg", "mp3", "flac"])
def test_stereo_codecs_keep_channels_and_length(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"call.{suffix}"
    path.write_bytes(encoded(tones(), suffix))
    found = decoded(path)
    assert found.shape[0] == 2
    assert abs(found.shape[1] - SECONDS * 8000) <= 8000 * 0.15
    assert [round(pitch(row), -1) for row in found] == [440, 900]
    assert facts(path).duration_ms == -(-found.shape[1] // 8)


def test_m4a(tmp_path: Path) -> None:
    path = tmp_path / "call.m4a"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=44100)
        stream.layout = "stereo"
        frame = av.AudioFrame.from_ndarray(tones(44100) / np.float32(32768), format="fltp", layout="stereo")
        frame.sample_rate = 44100
        for piece in av.AudioResampler("fltp", "stereo", 44100, 1024).resample(frame):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    found = decoded(path)
    assert abs(found.shape[1] - SECONDS * 8000) <= 8000 * 0.15
    assert [round(pitch(row), -1) for row in found] == [440, 900]


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000, 96000])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "ULAW", "ALAW", "PCM_U8"])
def test_wav_of_any_rate_and_width(tmp_path: Path, rate: int, subtype: str) -> None:
    path = tmp_path / "call.wav"
    soundfile.write(path, tones(rate)[0] / 32768, rate, subtype=subtype)
    found = decoded(path)
    assert found.shape == (1, pytest.approx(SECONDS * 8000, abs=40))
    assert pitch(found[0]) == pytest.approx(440, abs=5)
    assert np.abs(found).max() == pytest.approx(12000, rel=0.1)


def test_a_truncated_file_gives_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "call.mp3"
    path.write_bytes(encoded(tones(), "mp3")[:6000])
    assert 500 < facts(path).duration_ms < SECONDS * 1000


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("notes.wav", b"not a recording", "notes.wav is not an audio file"),
        ("empty.mp3", b"", "empty.mp3 is not an audio file"),
        ("page.ogg", b"<html><body>" * 400, "page.ogg is not an audio file"),
    ],
)
def test_what_is_not_audio_is_refused_by_name(tmp_path: Path, name: str, content: bytes, cause: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(AudioError, match=cause):
        facts(path)


def test_a_recording_without_a_sample_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nothing.wav"
    soundfile.write(path, np.zeros((0, 1), np.int16), 8000)
    with pytest.raises(AudioError, match=r"nothing\.wav"):
        facts(path)


def test_too_long_and_too_many_channels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    soundfile.write(path, tones()[0], 8000)
    with pytest.raises(AudioError, match="longer than 2 s"):
        facts(path, max_seconds=2)
    soundfile.write(path, np.zeros((8000, 6), np.int16), 8000)
    with pytest.raises(AudioError, match="6 channels"):
        facts(path)


def test_errors_use_the_senders_name(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"x")
    with pytest.raises(AudioError, match=r"holiday\.wav is not"):
        facts(path, name="holiday.wav")


def test_facts_name_the_codec(tmp_path: Path) -> None:
    path = tmp_path / "call.flac"
    path.write_bytes(encoded(tones(), "flac"))
    assert facts(path) == Facts(2, SECONDS * 1000, "flac")


@pytest.mark.parametrize(("rate", "channels"), [(22050, 1), (44100, 2)])
def test_recordings_joined_into_one_are_heard_to_the_end(tmp_path: Path, rate: int, channels: int) -> None:
    parts = []
    for number, (at, count) in enumerate([(44100, 1), (rate, channels)]):
        path = tmp_path / f"{number}.mp3"
        soundfile.write(path, tones(at)[:count].T / 32768, at, format="MP3")
        parts.append(path.read_bytes())
    path = tmp_path / "joined.mp3"
    path.write_bytes(b"".join(parts))
    assert facts(path).duration_ms == pytest.approx(2 * SECONDS * 1000, abs=300)


def test_an_unknown_codec_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    form = struct.pack("<IHHIIHH", 16, 0x7777, 1, 8000, 8000, 1, 8)
    path.write_bytes(b"RIFF\x64\x1f\0\0WAVEfmt " + form + b"data" + struct.pack("<I", 8000) + bytes(8000))
    with pytest.raises(AudioError, match=r"call\.wav is in a codec"):
        facts(path)
