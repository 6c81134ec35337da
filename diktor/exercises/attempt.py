"""An attempt: a recording of a known text becomes mastery, or the reason why there is none.

What cannot be judged fairly is not judged: silence, an overloaded or too short recording, another text.
"""

import asyncio
from collections.abc import Set
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from diktor.audio.decoded import Decoded
from diktor.audio.isolated import Limits
from diktor.checking.checker import ANONYMOUS, Checker
from diktor.errors import AudioError
from diktor.exercises import sentences
from diktor.exercises.listener import Listener
from diktor.exercises.mastery import mastery
from diktor.exercises.reading import read
from diktor.exercises.text import syllables
from diktor.wire.training import Outcome, PartMastery, Sentence, Sound

LONGEST_S = 120
SHORTEST_MS = 1000
LEAST_SPEECH_MS = 600

CLIPPED, MOST_CLIPPED = 32_700, 0.01
"""Samples at least so loud are clipped; a recording with a larger share of them is overloaded."""

ALIKE, COVERED = 0.55, 0.65
"""What was heard is the text if so large a share of its letters belongs there, or if it covers so much of the text: who
stutters says more than the text. Takes of the corpus' tongue twisters are alike by 0.7 to 1.0; to any other text, near
variants apart, by 0.25 on average."""

LEAST_COVERED = 0.45
"""So much of the text must be there in any case."""

_BRISK = 7.0
"""Syllables a second of a fast reader: a piece of a recording is as long as one saying of the text."""


class Judgement(msgspec.Struct, frozen=True):
    """What an attempt came to; all but `outcome` and `says` is there only if it was scored."""

    outcome: Outcome
    says: Sentence
    mastery: float | None = None
    parts: list[PartMastery] = []
    syllables_per_s: float | None = None
    release: int | None = None


class Judge:
    """Judges attempts with the release that is active."""

    def __init__(self, checker: Checker, listener: Listener, limits: Limits) -> None:
        self._checker, self._listener, self._limits = checker, listener, limits

    async def judge(self, recording: Path, folder: Path, text: str, practised: Set[Sound]) -> Judgement:
        """Judge a recording of a text; its samples lie in `folder` meanwhile. Of stereo the first channel is heard.

        Raises:
            UnavailableError: Triton, the release store or the recogniser is away.
            OSError: there is no room for the samples.
        """
        try:
            samples = await asyncio.to_thread(Decoded.of, recording, folder, LONGEST_S, ANONYMOUS, self._limits)
        except AudioError:
            return refused("unreadable")
        try:
            return await self._judge(samples, text, practised)
        finally:
            samples.close()

    async def _judge(self, samples: Decoded, text: str, practised: Set[Sound]) -> Judgement:
        pcm = np.concatenate([frame[0] for frame in samples.frames(1000)])
        if samples.facts.duration_ms < SHORTEST_MS:
            return refused("too_short")
        if overloaded(pcm):
            return refused("clipped")
        release = await self._checker.release()  # while it is away nothing need be listened to
        heard = await self._listener.listen(pcm, syllables(text) * 1000 / _BRISK)
        if heard.speech_ms < LEAST_SPEECH_MS or not heard.words:
            return refused("silence")
        reading = read(text, heard.words)
        if reading.covered < LEAST_COVERED or (reading.like < ALIKE and reading.covered < COVERED):
            return refused("wrong_text")
        check = await self._checker.check(samples, release)
        found = mastery(text, practised, reading, check.channels[0])
        return Judgement("scored", found.says, found.total, found.parts, reading.syllables_per_s, release.number)


def refused(outcome: Outcome) -> Judgement:
    """An attempt that is not scored."""
    return Judgement(outcome, sentences.REFUSALS[outcome])


def overloaded(pcm: NDArray[np.int16]) -> bool:
    """Whether too many of (samples,) int16 are clipped."""
    return bool(np.mean(np.abs(pcm.astype(np.int32)) >= CLIPPED) > MOST_CLIPPED)
