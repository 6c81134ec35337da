"""Whisper in a process of its own: it never takes the API's memory or time, and what kills it kills nothing else.

The process is begun by the first who asks, listens to one recording after another on few threads, at a lower priority
than what scores calls, and ends when nobody has asked for a while. It holds some 0.5 GB (Whisper base, int8).
"""

import asyncio
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import get_context

import msgspec
import numpy as np
import soxr
from numpy.typing import NDArray

from diktor.audio.vad import VoiceActivity
from diktor.errors import UnavailableError
from diktor.exercises.pauses import pieces, stretches
from diktor.learning.transcription.recordings import RATE as HEARD_AT
from diktor.learning.transcription.transcripts import SpokenWord
from diktor.learning.transcription.whisper import OFFLINE, Recogniser, recogniser
from diktor.releases import RATE

IDLE_S = 600.0
"""After so long without a recording the process ends and its memory is free."""

NICER = 10
"""How much lower its priority is."""


class Heard(msgspec.Struct, frozen=True):
    """What was said in a recording, and how much of it is speech."""

    words: tuple[SpokenWord, ...]
    speech_ms: int


class Listener:
    """Asks the process, one recording at a time. Made in a running loop, `close`d there."""

    def __init__(self, model: str = OFFLINE, threads: int = 1, idle_s: float = IDLE_S) -> None:
        self._model, self._threads, self._idle_s = model, threads, idle_s
        self._one = asyncio.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._end: asyncio.TimerHandle | None = None
        self._ending: asyncio.Future[None] | None = None

    async def listen(self, pcm: NDArray[np.int16], least_ms: float) -> Heard:
        """The words in (samples,) int16, mono, 8 kHz, cut at pauses into pieces of at least `least_ms`.

        Raises:
            UnavailableError: the process died.
            DiktorError: there is no such model.
        """
        async with self._one:
            if self._end is not None:
                self._end.cancel()
            if self._pool is None:
                self._pool = ProcessPoolExecutor(1, get_context("spawn"), os.nice, (NICER,))
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._pool, _listen, self._model, self._threads, pcm, least_ms)
            except BrokenProcessPool as error:
                self._pool = None
                raise UnavailableError("the process that recognises words died", "It is begun again") from error
            finally:
                self._end = loop.call_later(self._idle_s, self._rest)

    async def close(self) -> None:
        """End the process; what it is listening to is given up."""
        pool, self._pool = self._pool, None
        if self._end is not None:
            self._end.cancel()
        if pool is None:
            return
        if self._one.locked():
            for process in list(pool._processes.values()):  # a pool has no other way to stop what it works on
                process.terminate()
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    def _rest(self) -> None:
        self._ending = asyncio.ensure_future(self.close())


def _listen(model: str, threads: int, pcm: NDArray[np.int16], least_ms: float) -> Heard:
    """In the process."""
    speech = stretches(pcm, _voice())
    found: list[SpokenWord] = []
    for start, end in pieces(speech, least_ms, len(pcm) * 1000 // RATE):
        samples = pcm[start * RATE // 1000 : end * RATE // 1000].astype(np.float32) / np.float32(32768)
        said = _whisper(model, threads).listen(np.asarray(soxr.resample(samples, RATE, HEARD_AT), np.float32), "ru")
        found += [
            SpokenWord(word.text, start + word.start_ms, start + word.end_ms, word.probability) for word in said.words
        ]
    return Heard(tuple(found), sum(end - start for start, end in speech))


@cache
def _whisper(model: str, threads: int) -> Recogniser:
    return recogniser(model, threads)


@cache
def _voice() -> VoiceActivity:
    return VoiceActivity()
