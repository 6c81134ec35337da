"""Voice activity for many windows at a time: whatever waits while the thread is at work goes into its next batch."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from diktor.audio.vad import VoiceActivity

LARGEST = 16
"""Windows in a batch: more bring little, and the first would wait for the last."""


class Activity:
    """One thread with the detector; alone a window waits for nobody."""

    def __init__(self) -> None:
        self._detector = VoiceActivity()
        self._thread = ThreadPoolExecutor(1, "voice-activity")
        self._waiting: list[tuple[NDArray[np.int16], asyncio.Future[int]]] = []
        self._task: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def speech_ms(self, pcm: NDArray[np.int16]) -> int:
        """Milliseconds of speech in a window."""
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((pcm, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch = self._next()
            try:
                found = await loop.run_in_executor(self._thread, self._detector.speech_ms_of, [pcm for pcm, _ in batch])
            except Exception as error:  # each window's own caller hears of it
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), speech_ms in zip(batch, found, strict=True):
                if not answer.done():
                    answer.set_result(speech_ms)
        self._task = None

    def _next(self) -> list[tuple[NDArray[np.int16], asyncio.Future[int]]]:
        """Those that have waited longest, of one length: releases may differ in it."""
        length = len(self._waiting[0][0])
        places = [place for place, (pcm, _) in enumerate(self._waiting) if len(pcm) == length][:LARGEST]
        batch, taken = [self._waiting[place] for place in places], set(places)
        self._waiting = [item for place, item in enumerate(self._waiting) if place not in taken]
        return batch
