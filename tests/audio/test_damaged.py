"""Whatever has become of a recording, it is heard or refused by name: nothing else happens."""

from pathlib import Path

import numpy as np
import psutil
import pytest

from diktor.audio import isolated
from diktor.errors import AudioError
from tests.support.mutations import mutations, recordings

LONG_S = 3600
SHORT, LONG = 25, 2000
RECORDINGS = recordings()


def outcomes(name: str, count: int, folder: Path) -> dict[str, int]:
    """How many damaged versions were heard and refused."""
    path, pcm, heard, refusals = folder / "upload", folder / "pcm", 0, list[AudioError]()
    for data in mutations(RECORDINGS[name], count, seed=count):
        path.write_bytes(data)
        try:
            found = isolated.decode(path, pcm, LONG_S, "call")
        except AudioError as error:
            refusals.append(error)
        else:
            heard += 1
            assert pcm.stat().st_size * 500 / 8000 / found.channels == pytest.approx(found.duration_ms, abs=1)
            assert found.channels in (1, 2)
    assert all(error.cause.startswith("call ") and error.remedy for error in refusals)
    return {"heard": heard, "refused": len(refusals)}


@pytest.mark.parametrize("name", RECORDINGS)
def test_damaged_recordings_are_heard_or_refused(name: str, tmp_path: Path) -> None:
    assert sum(outcomes(name, SHORT, tmp_path).values()) == SHORT


@pytest.mark.accept
@pytest.mark.parametrize("name", RECORDINGS)
def test_two_thousand_damaged_recordings_are_heard_or_refused(name: str, tmp_path: Path) -> None:
    here = psutil.Process()
    before = here.memory_info().rss
    found = outcomes(name, LONG, tmp_path)
    print(f"{name}: {found}, memory here {(here.memory_info().rss - before) / 2**20:+.1f} MiB")
    assert sum(found.values()) == LONG
    assert min(found.values()) > 0
    assert here.memory_info().rss - before < 30 * 2**20


def test_a_recording_under_a_wrong_name_is_heard_for_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "call.mp3"
    path.write_bytes(RECORDINGS["flac"])
    assert isolated.decode(path, tmp_path / "pcm", LONG_S).codec == "flac"


def test_a_recording_that_is_an_archive_too_is_heard(tmp_path: Path) -> None:
    """A polyglot: sound in front, something else behind."""
    path = tmp_path / "call.wav"
    path.write_bytes(RECORDINGS["wav"] + b"PK\x05\x06" + bytes(18))
    assert isolated.decode(path, tmp_path / "pcm", LONG_S).duration_ms == pytest.approx(2000, abs=10)


def test_samples_that_are_no_numbers_do_no_harm(tmp_path: Path) -> None:
    import soundfile

    path = tmp_path / "call.wav"
    samples = np.sin(np.arange(16000) / 5).astype(np.float32)
    samples[100:200], samples[300], samples[400] = np.nan, np.inf, -np.inf
    soundfile.write(path, samples, 8000, subtype="FLOAT")
    isolated.decode(path, tmp_path / "pcm", LONG_S)
    heard = np.fromfile(tmp_path / "pcm", np.int16)
    assert len(heard) == 16000
    np.testing.assert_allclose(heard[1000:] / 32768, samples[1000:], atol=1e-3)
