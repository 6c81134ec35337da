"""An assembled window becomes a stored row: voice activity, Triton, ClickHouse.

Many windows are in flight at once; each waits for its own answer only. What is away is asked again for ever.
"""

import asyncio
import time
from datetime import datetime

from diktor.audio.vad import LEAST_MS
from diktor.errors import ScoringError
from diktor.metrics import IN_FLIGHT, WINDOW_SECONDS, WINDOWS
from diktor.releases import Release
from diktor.rows import WindowRow
from diktor.scoring.combine import Scores
from diktor.scoring.triton import Triton
from diktor.scoring.windows import window_row
from diktor.stamp import NEVER
from services.scorer.activity import Activity
from services.scorer.retry import until_available
from services.scorer.sink import Sink
from services.scorer.windows import Assembled

ATTEMPTS = 5
"""How often an unusable answer is asked for again before the window is given up."""


class WindowScorer:
    """Scores windows, at most `in_flight` at Triton at once."""

    def __init__(self, triton: Triton, sink: Sink[WindowRow], in_flight: int) -> None:
        self._triton = triton
        self._sink = sink
        self._slots = asyncio.Semaphore(in_flight)
        self._activity = Activity()

    def close(self) -> None:
        """Let the thread go."""
        self._activity.close()

    async def store(
        self, call_id: str, channel: str, item: Assembled, release: Release, after: datetime = NEVER
    ) -> None:
        """Score a window and store its row, newer than `after` (the row that it may replace).

        Raises:
            ScoringError: Triton's answer was unusable `ATTEMPTS` times.
        """
        started = time.monotonic()
        speech_ms = await self._activity.speech_ms(item.pcm)
        scores = await self._scores(item, release) if speech_ms >= LEAST_MS else None
        await self._sink.put(window_row(call_id, channel, item.window, speech_ms, scores, release, after))
        WINDOWS.labels("silent" if scores is None else "scored").inc()
        WINDOW_SECONDS.observe(time.monotonic() - started)

    async def _scores(self, item: Assembled, release: Release) -> Scores:
        async with self._slots:
            IN_FLIGHT.inc()
            try:
                return await self._asked(item, release)
            finally:
                IN_FLIGHT.dec()

    async def _asked(self, item: Assembled, release: Release) -> Scores:
        for attempt in range(ATTEMPTS):
            try:
                return await until_available("scoring a window", lambda: self._triton.score(release, item.pcm))
            except ScoringError:
                if attempt + 1 == ATTEMPTS:
                    WINDOWS.labels("given_up").inc()
                    raise
                await asyncio.sleep(0.2 * 2**attempt)
        raise AssertionError("unreachable")
