"""Lines on which nobody speaks: what is made, and what a corpus learns from it."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from diktor.cli.learn_nonspeech import nonspeech as command
from diktor.defects import DEFAULT
from diktor.learning.corpus.clips import load_clips
from diktor.learning.corpus.examine import Inputs
from diktor.learning.corpus.own import build
from diktor.learning.corpus.source import RATE
from diktor.learning.nonspeech.listing import LIST, write
from diktor.learning.nonspeech.sounds import SOUNDS, Sound, dialling, tone
from diktor.learning.windows import labels, plan

LEAST_S = 70.0


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nonspeech")
    done = CliRunner().invoke(command, ["--out", str(folder), "--minutes", str(LEAST_S / 60)], catch_exceptions=False)
    assert done.exit_code == 0
    assert str(len(list(folder.glob("*.wav")))) in done.output
    return folder


@pytest.mark.parametrize("sound", sorted(set(SOUNDS), key=lambda sound: sound.__name__))
def test_every_sound_is_heard_and_is_never_the_same(sound: Sound) -> None:
    drawn = [sound(5 * RATE, Random(seed)) for seed in (1, 2)]
    for y in drawn:
        assert y.shape == (5 * RATE,)
        assert np.isfinite(y).all()
        assert y.std() > 0
    assert not np.array_equal(*drawn)


def test_the_exchange_sounds_at_425_hertz_and_a_key_at_one_of_each_row() -> None:
    assert _loudest(tone(5 * RATE, Random(1)), 1)[0] == pytest.approx(425, rel=0.03)
    low, high = _loudest(np.trim_zeros(dialling(2 * RATE, Random(3)))[: RATE // 16], 2)
    assert min(abs(low - key) for key in (697, 770, 852, 941)) < 20
    assert min(abs(high - key) for key in (1209, 1336, 1477)) < 20


def test_there_are_as_many_minutes_as_asked_for_and_the_same_ones_again(lines: Path, tmp_path: Path) -> None:
    files = sorted(lines.glob("*.wav"))
    seconds = [soundfile.info(file).duration for file in files]
    assert LEAST_S <= sum(seconds) < LEAST_S + 30
    write(tmp_path, LEAST_S / 60, 1)
    assert [file.read_bytes() for file in files] == [(tmp_path / file.name).read_bytes() for file in files]


def test_a_corpus_knows_that_nothing_is_said_and_nothing_stutters_in_them(lines: Path, tmp_path: Path) -> None:
    told = build(Inputs(manifests=(lines / LIST,)), tmp_path / "corpus", 1, False, 2, lambda *_: None)
    assert told.problems == []
    clips = load_clips(tmp_path / "corpus")
    assert {(clip.split, clip.version, clip.weak, clip.transcribed, clip.judged) for clip in clips} == {
        ("train", "healthy", False, True, ())
    }
    for window in plan(clips, 1):
        found = labels(window, DEFAULT)
        assert found.counted  # that there is no letter is known
        assert not found.words
        assert not found.phones
        assert not found.defective.any()


def _loudest(y: np.ndarray, count: int) -> list[float]:
    """The strongest frequencies, well apart, from low to high."""
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y))))
    hertz, found = np.fft.rfftfreq(len(y), 1 / RATE), list[float]()
    for _ in range(count):
        found.append(float(hertz[spectrum.argmax()]))
        spectrum[np.abs(hertz - found[-1]) < 200] = 0
    return sorted(found)
