"""Checks recordings: decoded apart, cut into the windows that the stream would cut, scored side by side.

A recording is decoded in a process of its own to a file, read from there frame by frame and never held whole: of each
recording at most `AHEAD` windows are in memory. Numbers are those of the streaming path, because frames, windows, voice
activity, models and verdict are its own. Whatever happens, nothing of a recording stays on the disk.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from diktor import traces
from diktor.audio.activity import Activity
from diktor.audio.decoded import Decoded
from diktor.audio.isolated import Limits
from diktor.audio.vad import LEAST_MS
from diktor.audio.windows import Assembled, ChannelWindows
from diktor.checking.check import Check
from diktor.errors import ReleaseError, ScoringError, UnavailableError
from diktor.recordings import usual_channels
from diktor.releases import RATE, Release
from diktor.releases.book import Book
from diktor.rows import WindowRow
from diktor.scoring.combine import Scores
from diktor.scoring.triton import Triton
from diktor.scoring.verdict import verdicts
from diktor.scoring.windows import window_row
from diktor.settings import Settings

FRAME_MS = 1000
"""A recording is read in pieces of this length, as it is published in."""

AHEAD = 8
"""Windows of one recording that are under way at once: enough for voice activity in batches and for Triton to be busy.
Who asks for a long recording does not keep those with a short one waiting."""

WAITS_S = (0.2, 0.6)
"""Before Triton is asked again for a window; who asked for the check decides whether to wait longer than that."""

ANONYMOUS = "the recording"
"""What errors call it: file names are often about people, and errors are logged."""


class Checker:
    """Shared by all who ask in a process; made on a running loop."""

    def __init__(self, settings: Settings, triton: Triton, releases: Book) -> None:
        self._settings = settings
        self._triton, self._releases = triton, releases
        self._activity = Activity()
        self._slots = asyncio.Semaphore(settings.windows_in_flight)
        self._decoders = asyncio.Semaphore(os.cpu_count() or 1)

    def close(self) -> None:
        """Let its thread go."""
        self._activity.close()

    async def release(self, number: int | None = None) -> Release:
        """Release `number` or the active one, if Triton has it loaded.

        Raises:
            ReleaseError: there is no such release, or it serves nobody.
            UnavailableError: Triton or the release store is away, or the active release is not loaded.
        """
        release = await self._releases.release(number)
        if await self._triton.serves(release):
            return release
        if release.number == self._releases.active:
            raise UnavailableError(f"release {release.number} is not loaded", "Ask again when it is")
        raise ReleaseError(
            f"release {release.number} is not loaded", f"diktor release deploy {release.number} --no-activate"
        )

    @asynccontextmanager
    async def decoded(self, recording: Path, folder: Path) -> AsyncIterator[tuple[Decoded, float]]:
        """A recording's samples, in `folder` while the block runs, and the seconds it took to decode them.

        Raises:
            AudioError: it is no audio, or beyond the limits.
            OSError: there is no room for its samples.
        """
        limits = Limits(self._settings.decode_bytes, self._settings.decode_seconds)
        async with self._decoders:
            began = time.monotonic()
            longest = self._settings.check_max_seconds
            samples = await asyncio.to_thread(Decoded.of, recording, folder, longest, ANONYMOUS, limits)
        try:
            yield samples, time.monotonic() - began
        finally:
            samples.close()

    async def rows(self, samples: Decoded, release: Release) -> list[WindowRow]:
        """Every window of a recording's grid, in no order.

        Raises:
            UnavailableError: Triton is away, or its answers cannot be used.
        """
        found: list[WindowRow] = []
        room = asyncio.Semaphore(AHEAD)

        async def score(channel: str, item: Assembled) -> None:
            try:
                found.append(await self._row(channel, item, release))
            finally:
                room.release()

        try:
            async with asyncio.TaskGroup() as group:
                for channel, item in _windows(samples, release):
                    await room.acquire()
                    group.create_task(score(channel, item))
        except ExceptionGroup as errors:  # the others were cancelled with the first
            raise errors.exceptions[0] from None
        return found

    async def check(self, samples: Decoded, release: Release, decode_s: float = 0.0) -> Check:
        """The verdict of every channel. Raises as `rows`."""
        began = time.monotonic()
        with traces.span("check recording", release=release.number, duration_ms=samples.facts.duration_ms):
            rows = await self.rows(samples, release)
        names = usual_channels(samples.facts.channels)
        channels = sorted(verdicts(rows, release), key=lambda verdict: names.index(verdict.channel))
        return Check(release.number, samples.facts.codec, tuple(channels), decode_s, time.monotonic() - began)

    async def _row(self, channel: str, item: Assembled, release: Release) -> WindowRow:
        speech_ms = await self._activity.speech_ms(item.pcm)
        scores = None
        if speech_ms >= LEAST_MS:
            async with self._slots:
                scores = await self._scores(item, release)
        return window_row("", channel, item.window, speech_ms, scores, release)

    async def _scores(self, item: Assembled, release: Release) -> Scores:
        for wait_s in WAITS_S:
            try:
                return await self._triton.score(release, item.pcm)
            except (UnavailableError, ScoringError):
                await asyncio.sleep(wait_s)
        try:
            return await self._triton.score(release, item.pcm)
        except ScoringError as error:
            raise UnavailableError(f"the models answer what cannot be used: {error.cause}", error.remedy) from error


def _windows(samples: Decoded, release: Release) -> Iterator[tuple[str, Assembled]]:
    """The windows of every channel as they are complete while the recording is read."""
    channels = {name: ChannelWindows(release.grid) for name in usual_channels(samples.facts.channels)}
    position = 0
    for frame in samples.frames(FRAME_MS):
        for (name, windows), pcm in zip(channels.items(), frame, strict=True):
            for item in windows.add(position * 1000 // RATE, pcm, RATE):
                yield name, item
        position += frame.shape[1]
    for name, windows in channels.items():
        for item in windows.finish():
            yield name, item
