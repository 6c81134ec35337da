"""Takes of a known text, said by a voice of the source speech with a defect or without: attempts at an exercise."""

import io
import wave
from functools import cache
from random import Random

import numpy as np
from numpy.typing import NDArray

from diktor.learning.corpus import source
from diktor.learning.corpus.channel import telephone
from diktor.learning.corpus.render import HARDLY_HALTING, natural, plan, render
from diktor.learning.corpus.source import Utterance
from diktor.learning.corpus.world import Frames, Speaker, analyse
from diktor.releases import RATE
from tests.support.processes import ROOT

SPEECH = ROOT / "assets" / "speech"


def utterance(text: str, voice: str = "Irina") -> Utterance:
    """The utterance of a text by a voice; Irina's are those that the shipped release never heard."""
    return next(found for found in _utterances() if (found.text, found.voice) == (text, voice))


def take(text: str, version: str, times: int, voice: str = "Irina") -> NDArray[np.int16]:
    """A text said so many times in a row: (samples,) int16, 8 kHz, half a second of pause after each."""
    said = []
    for number in range(times):
        seed, rng = f"take/{number}", Random(f"{text}/{version}/{number}")
        chosen = plan(utterance(text, voice), version, rng, seed, HARDLY_HALTING, severe=True)
        if version == "healthy":
            spoken = natural(
                utterance(text, voice), source.audio(SPEECH, utterance(text, voice)), chosen, Speaker(), seed
            )
        else:
            spoken = render(utterance(text, voice), _frames(text, voice), chosen, Speaker(), seed)
        said += [telephone(spoken.samples, rng, codec="none", clean=True).pcm, np.zeros(RATE // 2, np.int16)]
    return np.concatenate(said)


def wav(pcm: NDArray[np.int16], channels: int = 1) -> bytes:
    """(samples,) at 8 kHz as a file, the same on every channel."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.repeat(pcm.astype("<i2"), channels).tobytes())
    return file.getvalue()


@cache
def _utterances() -> list[Utterance]:
    return source.load(SPEECH)


@cache
def _frames(text: str, voice: str) -> Frames:
    return analyse(source.audio(SPEECH, utterance(text, voice)))
