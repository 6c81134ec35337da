"""An assembled window becomes a stored row: voice activity, Triton, ClickHouse.

Many windows are in flight at once; each waits for its own answer only. What is away is asked again for ever.
"""

import asyncio
import time
from datetime import datetime

from diktor import traces
from diktor.audio.activity import Activity
from diktor.audio.vad import LEAST_MS
from diktor.audio.windows import Assembled
from diktor.errors import ScoringError
from diktor.metrics import IN_FLIGHT, WINDOW_SECONDS, WINDOWS
from diktor.releases import Release
from diktor.rows import WindowRow
from diktor.scoring.combine import Scores
from diktor.scoring.triton import Triton
from diktor.scoring.windows import window_row
from diktor.stamp import NEVER
from services.scorer.retry import until_available
from services.scorer.sink import Sink

ATTEMPTS = 5
"""How often an unusable answer is asked for again before the window is given up."""


class WindowScorer:
    """Scores windows, at most as many at Triton at once as there are `slots`."""

    def __init__(self, triton: Triton, sink: Sink[WindowRow], slots: asyncio.Semaphore, activity: Activity) -> None:
        self._triton = triton
        self._sink = sink
        self._slots = slots
        self._activity = activity
        self._asking = 0

    @property
    def busy(self) -> bool:
        """Whether a window is at Triton or waits for it."""
        return self._asking > 0

    async def serves(self, release: Release) -> bool:
        """Whether Triton has a release loaded.

        Raises:
            UnavailableError: Triton is away.
        """
        return await self._triton.serves(release)

    async def store(
        self, call_id: str, channel: str, item: Assembled, release: Release, after: datetime = NEVER
    ) -> None:
        """Score a window and store its row, newer than `after` (the row that it may replace).

        Raises:
            ScoringError: Triton's answer was unusable `ATTEMPTS` times.
        """
        started = time.monotonic()
        with traces.span(
            "score window",
            call_id=call_id,
            channel=channel,
            start_ms=item.window.start_ms,
            release=release.number,
        ):
            speech_ms = await self._activity.speech_ms(item.pcm)
            scores = await self._scores(item, release) if speech_ms >= LEAST_MS else None
            with traces.span("store row"):
                await self._sink.put(window_row(call_id, channel, item.window, speech_ms, scores, release, after))
            _count("silent" if scores is None else "scored")
        WINDOW_SECONDS.observe(time.monotonic() - started)

    async def _scores(self, item: Assembled, release: Release) -> Scores:
        self._asking += 1
        try:
            async with self._slots:
                with IN_FLIGHT.track_inprogress():
                    return await self._asked(item, release)
        finally:
            self._asking -= 1

    async def _asked(self, item: Assembled, release: Release) -> Scores:
        for attempt in range(ATTEMPTS):
            try:
                return await until_available("scoring a window", lambda: self._triton.score(release, item.pcm))
            except ScoringError:
                if attempt + 1 == ATTEMPTS:
                    _count("given_up")
                    raise
                await asyncio.sleep(0.2 * 2**attempt)
        raise AssertionError("unreachable")


def _count(outcome: str) -> None:
    WINDOWS.labels(outcome).inc()
    traces.note(outcome=outcome)
