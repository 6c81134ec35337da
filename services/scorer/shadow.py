"""A release on trial hears some of the calls too: its windows are stored apart, and no call ever waits for them.

One window at a time, and only while no window of a verdict is at Triton. What does not fit the queue, and what fails,
is counted and forgotten. A call is heard from its beginning or not at all: one that another worker leaves behind is not
taken up again, as half of a window would replace a whole one.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import NamedTuple

from diktor.audio.activity import Activity
from diktor.audio.vad import LEAST_MS
from diktor.audio.windows import PCM, Assembled, ChannelWindows
from diktor.errors import DiktorError, told
from diktor.metrics import SHADOW_WINDOWS
from diktor.releases import Release
from diktor.rows import WindowRow
from diktor.scoring.triton import Triton
from diktor.scoring.windows import window_row
from diktor.store.client import Store

HELD = 64
"""Windows that may wait; the audio of each is some 80 kB."""

PAUSE_S = 0.02
ROWS = 20
LONGEST_S = 60.0

log = logging.getLogger(__name__)


class Heard(NamedTuple):
    """A window of a call that the release on trial shall score."""

    call_id: str
    channel: str
    item: Assembled
    release: Release


class Trial:
    """A worker's only asker for releases on trial. `start` it on a running loop, `stop` it at the end."""

    def __init__(self, triton: Triton, activity: Activity, store: Store, busy: Callable[[], bool]) -> None:
        """`busy` says whether windows of verdicts are at Triton now."""
        self._triton, self._activity, self._store, self._busy = triton, activity, store, busy
        self._queue: asyncio.Queue[Heard] = asyncio.Queue(HELD)
        self._rows: list[WindowRow] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to score."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Forget what waits."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def offer(self, heard: Heard) -> None:
        """A window to score when there is time; none is waited for."""
        try:
            self._queue.put_nowait(heard)
        except asyncio.QueueFull:
            SHADOW_WINDOWS.labels("dropped").inc()

    async def _work(self) -> None:
        while True:
            heard = await self._queue.get()
            while self._busy():
                await asyncio.sleep(PAUSE_S)
            try:
                async with asyncio.timeout(LONGEST_S):
                    self._rows.append(await self._scored(heard))
                    if self._queue.empty() or len(self._rows) >= ROWS:
                        rows, self._rows = self._rows, []
                        await self._store.insert_shadow_windows(rows)
                SHADOW_WINDOWS.labels("scored").inc()
            except (DiktorError, TimeoutError) as error:
                SHADOW_WINDOWS.labels("failed").inc()
                log.warning("a window was not scored on trial by release %d: %s", heard.release.number, told(error))

    async def _scored(self, heard: Heard) -> WindowRow:
        call_id, channel, item, release = heard
        speech_ms = await self._activity.speech_ms(item.pcm)
        scores = await self._triton.score(release, item.pcm) if speech_ms >= LEAST_MS else None
        return window_row(call_id, channel, item.window, speech_ms, scores, release)


class ShadowCall:
    """One call as the release on trial hears it, on that release's own grid."""

    def __init__(self, call_id: str, release: Release, trial: Trial) -> None:
        self._call_id, self._release, self._trial = call_id, release, trial
        self._channels: dict[str, ChannelWindows] = {}

    def add(self, channel: str, position_ms: int, samples: PCM, rate: int) -> None:
        """The same frame as the call's."""
        if channel not in self._channels:
            self._channels[channel] = ChannelWindows(self._release.grid)
        self._offer(channel, self._channels[channel].add(position_ms, samples, rate))

    def finish(self) -> None:
        """The call is over."""
        for channel, windows in self._channels.items():
            self._offer(channel, windows.finish())

    def _offer(self, channel: str, items: list[Assembled]) -> None:
        for item in items:
            self._trial.offer(Heard(self._call_id, channel, item, self._release))
