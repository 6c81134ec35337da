"""Decoding in a process of its own: the same samples, and whatever happens there is a refusal of one file."""

import os
import signal
import struct
from pathlib import Path

import numpy as np
import psutil
import pytest

from diktor.audio import decode, isolated
from diktor.errors import AudioError
from tests.support.processes import ROOT

CALLS = ROOT / "assets" / "calls"
LONG_S = 6 * 3600


@pytest.mark.parametrize("name", ["call-01.ogg", "call-02.mp3", "call-03.wav", "call-06.flac"])
def test_samples_and_facts_are_those_of_decoding_here(name: str) -> None:
    path = CALLS / name
    apart, here = (np.concatenate(list(way.blocks(path, LONG_S)), axis=1) for way in (isolated, decode))
    np.testing.assert_array_equal(apart, here)
    assert isolated.facts(path, LONG_S) == decode.facts(path)


def test_a_refusal_names_file_cause_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("no sound at all")
    with pytest.raises(AudioError) as caught:
        isolated.facts(path, LONG_S, "notes.wav")
    assert "notes.wav is not an audio file" in caught.value.cause
    assert caught.value.remedy


def test_a_decoder_that_dies_refuses_its_file_and_no_other() -> None:
    blocks = isolated.blocks(CALLS / "call-06.flac", LONG_S)
    next(blocks)
    decoders = [p for p in psutil.Process().children(recursive=True) if "forkserver" in " ".join(p.cmdline())]
    os.kill(max(decoders, key=lambda p: p.create_time()).pid, signal.SIGSEGV)
    with pytest.raises(AudioError, match=r"call-06\.flac cannot be decoded: the decoder died of SIGSEGV"):
        list(blocks)
    assert isolated.facts(CALLS / "call-02.mp3", LONG_S).channels == 2


def test_too_much_memory_is_a_refusal() -> None:
    with pytest.raises(AudioError, match=r"cannot be decoded: the decoder (failed|died of SIG\w+) within 200 MiB"):
        isolated.facts(CALLS / "call-02.mp3", LONG_S, limits=isolated.Limits(memory_bytes=200 << 20))


def test_too_much_time_is_a_refusal(tmp_path: Path) -> None:
    path, size = tmp_path / "long.wav", 4 * 48000 * 3600
    form = struct.pack("<HHIIHH", 1, 2, 48000, 4 * 48000, 4, 16)
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt " + struct.pack("<I", 16) + form)
        file.write(b"data" + struct.pack("<I", size))
        file.truncate(44 + size)  # an hour of silence that takes no disk
    with pytest.raises(AudioError, match=r"long\.wav cannot be decoded: it takes more than 1 s"):
        isolated.facts(path, LONG_S, limits=isolated.Limits(cpu_s=1))


def test_a_reader_that_stops_leaves_no_decoder_behind() -> None:
    blocks = isolated.blocks(CALLS / "call-06.flac", LONG_S)
    next(blocks)
    before = len(psutil.Process().children(recursive=True))
    blocks.close()
    assert len(psutil.Process().children(recursive=True)) == before - 1
