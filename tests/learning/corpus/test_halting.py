"""Healthy speech halts as long as a stutter, with as much quiet, and the vocoder is not needed for it."""

from random import Random

import numpy as np
import pytest

from diktor.learning.corpus import source
from diktor.learning.corpus.channel import PACKET, losing
from diktor.learning.corpus.fluency import hesitation_at, stutter_at
from diktor.learning.corpus.loudness import Loudness
from diktor.learning.corpus.render import Rendering, natural, plan, render
from diktor.learning.corpus.source import RATE, VOWELS, Utterance
from diktor.learning.corpus.tempo import Stretch, Tempo
from diktor.learning.corpus.wave import HOP, Wave
from diktor.learning.corpus.world import HOP_S, Speaker, analyse, frame
from tests.support.processes import ROOT

SPEECH = ROOT / "assets" / "speech"
SEED = "a group"


@pytest.fixture(scope="module")
def utterance() -> Utterance:
    return next(u for u in source.load(SPEECH) if u.voice == "Anna" and len(u.words) >= 8)


@pytest.fixture(scope="module")
def versions(utterance: Utterance) -> dict[str, Rendering]:
    samples, speaker = source.audio(SPEECH, utterance), Speaker(1.0, 1.0, 0.95)
    frames = analyse(samples)
    found = {}
    for version in ("healthy", "stuttering"):
        chosen = plan(utterance, version, Random(3), SEED)  # type: ignore[arg-type]
        found[version] = render(utterance, frames, chosen, speaker, SEED)
        found[f"{version}, as spoken"] = natural(utterance, samples, chosen, speaker, SEED)
    return found


def test_a_hesitation_has_the_length_the_loudness_and_the_pauses_of_the_stutter_it_stands_for() -> None:
    checked = 0
    for utterance in source.load(SPEECH)[:20]:
        frames = analyse(source.audio(SPEECH, utterance))
        loudness = Loudness.of(frames)
        vowels = [phone for word in utterance.words for phone in word.phones if phone.phone in VOWELS]
        for word in (word for word in utterance.words if len(word.phones) > 1):
            parts = stutter_at(word, Random(word.word)).parts(loudness)
            found = hesitation_at(word, parts, vowels, loudness, Random(word.word))
            if found.twice or found.filler is None:
                continue
            quiet = [part.quiet_s for part in parts if part.quiet_s >= HOP_S]
            assert sum(pause.seconds for pause in found.pauses) == pytest.approx(sum(quiet))
            assert len(found.pauses) == min(len(quiet), len(word.phones) + 1)
            assert found.filler.seconds + found.drawl_s == pytest.approx(sum(part.sound_s for part in parts))
            said = loudness.level(found.filler.start, found.filler.stop) + found.filler.level
            wanted = np.average([part.level for part in parts], weights=[part.sound_s for part in parts])
            assert said <= wanted + 1e-6 or found.filler.level == -6.0
            checked += 1
    assert checked > 60


def test_what_is_drawn_out_before_a_word_is_not_its_first_sound() -> None:
    for utterance in source.load(SPEECH)[:20]:
        loudness = Loudness.of(analyse(source.audio(SPEECH, utterance)))
        vowels = [phone for word in utterance.words for phone in word.phones if phone.phone in VOWELS]
        for word in (word for word in utterance.words if word.phones[0].phone in VOWELS and len(word.phones) > 1):
            parts = stutter_at(word, Random(word.word)).parts(loudness)
            filler = hesitation_at(word, parts, vowels, loudness, Random(word.word)).filler
            if filler is not None:
                drawn = next(phone for phone in vowels if frame(phone.start) == filler.start)
                assert drawn.phone != word.phones[0].phone


def test_all_versions_of_an_utterance_take_the_same_time_word_by_word(versions: dict[str, Rendering]) -> None:
    lengths = {name: len(found.samples) / RATE for name, found in versions.items()}
    assert max(lengths.values()) - min(lengths.values()) < 0.1 * max(lengths.values())
    healthy, stuttering = versions["healthy"], versions["stuttering"]
    assert stuttering.stutters
    assert not healthy.stutters
    for one, other in zip(healthy.words, stuttering.words, strict=True):
        assert one.end - one.start == pytest.approx(other.end - other.start, abs=0.35), one.word


def test_speech_left_as_spoken_keeps_its_labels(versions: dict[str, Rendering]) -> None:
    spoken, vocoded = versions["healthy, as spoken"], versions["healthy"]
    assert [mark.letter for mark in spoken.marks] == [mark.letter for mark in vocoded.marks]
    for one, other in zip(spoken.marks, vocoded.marks, strict=True):
        assert one.start == pytest.approx(other.start, abs=0.12)
    loud = np.abs(spoken.samples).mean()
    for mark in spoken.marks:
        inside = spoken.samples[int(mark.start * RATE) : int(mark.end * RATE)]
        assert np.abs(inside).mean() > 0.1 * loud, "a letter is no pause"


def test_a_recording_that_is_not_stretched_stays_as_it_is() -> None:
    wave = Wave.of(np.sin(np.arange(RATE) * 0.07) * np.linspace(0.2, 0.5, RATE))
    same = wave.at(Tempo(len(wave), ()).places())
    assert np.allclose(same.samples[HOP * 8 : -HOP * 8], wave.samples[HOP * 8 : -HOP * 8], atol=1e-6)


def test_a_stretched_recording_is_longer_and_has_its_pitch() -> None:
    wave = Wave.of(np.sin(2 * np.pi * 150 * np.arange(RATE) / RATE))
    longer = wave.at(Tempo(len(wave), (Stretch(40, 160, 1.8),)).places())
    assert len(longer) * HOP_S == pytest.approx(1 + 120 * HOP_S * 0.8, abs=0.02)
    middle = longer.samples[len(longer.samples) // 2 - 4000 : len(longer.samples) // 2 + 4000] * np.hanning(8000)
    strongest = np.argmax(np.abs(np.fft.rfft(middle))) * RATE / 8000
    assert strongest == pytest.approx(150, abs=6)


def test_lost_packets_are_heard_as_what_came_before_only_quieter() -> None:
    pcm = (np.random.default_rng(1).normal(size=8000 * 20) * 3000).astype(np.int16)
    heard = losing(pcm, 0.05, Random(2))
    changed = (heard != pcm).reshape(-1, PACKET).any(1)
    assert 0.02 < changed.mean() < 0.1
    first = int(np.argmax(changed))
    before, lost = (heard[k * PACKET : (k + 1) * PACKET].astype(float) for k in (first - 1, first))
    assert np.corrcoef(before, lost)[0, 1] > 0.99
    assert np.abs(lost).mean() < np.abs(before).mean()
