"""Decoding in a process of its own: the same samples, and whatever happens there is a refusal of one file."""

import errno
import os
import signal
import struct
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest

from diktor.audio import decode, isolated
from diktor.errors import AudioError
from tests.support.processes import ROOT, wait_until

CALLS = ROOT / "assets" / "calls"
LONG_S = 6 * 3600


def hour_of_silence(path: Path) -> Path:
    """A recording that takes no disk and some seconds to decode."""
    size = 4 * 48000 * 3600
    form = struct.pack("<HHIIHH", 1, 2, 48000, 4 * 48000, 4, 16)
    with path.open("wb") as file:
        file.write(b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt " + struct.pack("<I", 16) + form)
        file.write(b"data" + struct.pack("<I", size))
        file.truncate(44 + size)
    return path


def decoders() -> list[psutil.Process]:
    return [p for p in psutil.Process().children(recursive=True) if "forkserver" in " ".join(p.cmdline())]


@pytest.mark.parametrize("name", ["call-01.ogg", "call-02.mp3", "call-03.wav", "call-06.flac"])
def test_samples_and_facts_are_those_of_decoding_here(name: str, tmp_path: Path) -> None:
    path, target = CALLS / name, tmp_path / "pcm"
    assert isolated.decode(path, target, LONG_S) == decode.facts(path)
    apart, here = np.fromfile(target, np.int16).reshape(-1, 2).T, np.concatenate(list(decode.blocks(path)), axis=1)
    np.testing.assert_array_equal(apart, here)


def test_a_refusal_names_file_cause_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("no sound at all")
    with pytest.raises(AudioError) as caught:
        isolated.decode(path, tmp_path / "pcm", LONG_S, "notes.wav")
    assert "notes.wav is not an audio file" in caught.value.cause
    assert caught.value.remedy


def test_a_decoder_that_dies_refuses_its_file_and_no_other(tmp_path: Path) -> None:
    isolated.decode(CALLS / "call-02.mp3", tmp_path / "pcm", LONG_S)  # the fork server is there from now on
    before = set(decoders())

    def kill() -> None:
        wait_until("the decoder is at work", lambda: set(decoders()) > before)
        os.kill((set(decoders()) - before).pop().pid, signal.SIGSEGV)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(AudioError, match=r"long\.wav cannot be decoded: the decoder died of SIGSEGV"):
        isolated.decode(hour_of_silence(tmp_path / "long.wav"), tmp_path / "pcm", LONG_S)
    killer.join()
    assert isolated.decode(CALLS / "call-02.mp3", tmp_path / "pcm", LONG_S).channels == 2
    assert set(decoders()) == before


def test_too_much_memory_is_a_refusal(tmp_path: Path) -> None:
    tight = isolated.Limits(memory_bytes=1 << 10)
    with pytest.raises(AudioError, match=r"cannot be decoded: the decoder (failed|died of SIG\w+) within 0 MiB"):
        isolated.decode(CALLS / "call-02.mp3", tmp_path / "pcm", LONG_S, limits=tight)


def test_too_much_time_is_a_refusal(tmp_path: Path) -> None:
    path = hour_of_silence(tmp_path / "long.wav")
    with pytest.raises(AudioError, match=r"long\.wav cannot be decoded: it takes more than 1 s"):
        isolated.decode(path, tmp_path / "pcm", LONG_S, limits=isolated.Limits(cpu_s=1))


def test_samples_that_cannot_be_kept_are_no_fault_of_the_recording() -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        isolated.decode(CALLS / "call-02.mp3", Path("/dev/full"), LONG_S)
    assert caught.value.errno == errno.ENOSPC
