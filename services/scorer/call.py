"""A call's lane in the scorer: its events in order, its windows in flight, its verdict at the end.

The release is pinned with the first event and stored before any window, so that a call is scored by one release from
beginning to end, also by the worker that takes it over. An audio event is done when every full window that contains any
of it is stored; what lies in the unfinished tail or in a window that was given up, and `ended`, are done with the
verdict. A window's dead letter that is put back is scored, and a finished call is judged again with it.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from diktor import logs, traces
from diktor.audio.formats import decode_wire
from diktor.audio.windows import Assembled, to_pcm
from diktor.errors import ContractError, DiktorError, ScoringError, told
from diktor.events import CallAudio, CallEnded, CallStarted, Event
from diktor.metrics import CALLS
from diktor.releases import Release
from diktor.rows import CallRow
from diktor.stamp import NEVER, stamp
from services.scorer.channel import ChannelState
from services.scorer.ledger import Entry
from services.scorer.parts import Parts
from services.scorer.pinned import shadow_of, still_served
from services.scorer.put_back import put_back
from services.scorer.retry import until_available
from services.scorer.rows import begun, judged
from services.scorer.shadow import ShadowCall

log = logging.getLogger(__name__)


class Held(Protocol):
    """A received event as the lane sees it: how to set it aside, and its ledger entry."""

    entry: Entry[Any]

    @property
    def traceparent(self) -> bytes | None:
        """The span it was published in, as its header says."""

    async def dead_letter(self, error: DiktorError, attempts: int = 1) -> None:
        """Publish it as a dead letter."""

    def release(self) -> None:
        """Let its bytes go."""


class CallLane:
    """Takes a call's events one by one with `put`; ends by itself when the verdict is stored and nothing waits."""

    def __init__(
        self,
        call_id: str,
        partition: int,
        parts: Parts,
        done: Callable[[Entry[Any]], None],
        ended: Callable[[str], None],
    ) -> None:
        self.call_id = call_id
        self.release = 0
        """The number of the release that the call is pinned to, once it is known."""
        self._partition = partition
        self._parts = parts
        self._done = done
        self._over = ended
        self._inbox: asyncio.Queue[tuple[Event, Held] | None] = asyncio.Queue()
        self._channels: dict[str, ChannelState] = {}
        self._newest = NEVER
        """When the last of the windows that were there before this lane was scored."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._shadow: ShadowCall | None = None
        self._row: CallRow
        self._release: Release
        self._ended: CallEnded | None = None
        self._ended_entries: list[Entry[Any]] = []

    def put(self, event: Event, held: Held) -> None:
        """The call's next event."""
        self._inbox.put_nowait((event, held))

    def close(self) -> None:
        """The call was silent for too long: finish it with what is there."""
        self._inbox.put_nowait(None)

    @property
    def busy(self) -> bool:
        """Whether events wait to be looked at (the call is not silent then)."""
        return not self._inbox.empty()

    async def run(self) -> None:
        """Work until the call is finished. Cancelled when its partition is revoked."""
        logs.of_call(self.call_id)
        try:
            await self._open()
            while self._row.status == "open":
                item = await self._inbox.get()
                if item is None:
                    await self._finish("idle")
                else:
                    await self._take(*item)
            while not self._inbox.empty():
                if item := self._inbox.get_nowait():
                    await self._late(*item)
            self._over(self.call_id)  # without an await since the inbox was found empty: no event slips in between
        finally:
            for task in self._tasks:
                task.cancel()
            while not self._inbox.empty():
                if item := self._inbox.get_nowait():
                    item[1].release()

    async def _open(self) -> None:
        store, call_id = self._parts.store, self.call_id
        known = await until_available("reading a call", lambda: store.call(call_id))
        if known is None:
            self._release = await until_available("reading the active release", self._parts.releases.release)
            self._shadow = await shadow_of(call_id, self._parts)
            self._row = begun(call_id, self._partition, self._release)
            self.release = self._release.number
            return
        self._row, self.release = known, known.release
        if known.status != "open":
            return
        releases = self._parts.releases
        self._release = await until_available("reading the pinned release", lambda: releases.release(known.release))
        stored = await until_available("reading a call's windows", lambda: store.stored_starts(call_id))
        self._channels = {name: ChannelState(self._release.grid, starts) for name, starts in stored.items()}
        self._newest = await until_available("reading a call's windows", lambda: store.newest_window(call_id))

    async def _take(self, event: Event, held: Held) -> None:
        traces.follow(held.traceparent)
        try:
            if isinstance(event, CallStarted):
                await self._started(event)
                self._done(held.entry)
            elif isinstance(event, CallAudio):
                await self._audio(event, held.entry)
            else:
                self._ended = event
                self._ended_entries.append(held.entry)
        except ContractError as error:
            await held.dead_letter(error)
            self._parts.events.lost(told(error))
            self._done(held.entry)
        finally:
            held.release()
        if self._ended is not None and self._complete(self._ended):
            await self._finish(self._ended.reason)

    async def _started(self, event: CallStarted) -> None:
        row = msgspec.structs.replace(
            self._row,
            operator_id=event.operator_id,
            team_id=event.team_id,
            direction=event.direction,
            source=event.source,
            started_at=event.started_at,
            channels=tuple(channel.name for channel in event.channels),
        )
        if row != self._row or not self._stored_open:
            await self._store(row)

    @property
    def _stored_open(self) -> bool:
        return self._row.updated_at > NEVER

    async def _audio(self, event: CallAudio, entry: Entry[Any]) -> None:
        if event.end_ms > self._parts.longest_ms:
            raise ContractError(f"audio at {event.position_ms} ms: calls end at {self._parts.longest_ms} ms")
        if event.window_end_ms is not None:
            await self._again(event)
            self._done(entry)
            return
        if not self._stored_open:  # audio before `started`: the release is pinned all the same
            await self._store(self._row)
        channel = self._channels.get(event.channel)
        if channel is None:
            channel = self._channels[event.channel] = ChannelState(self._release.grid, {})
        samples = to_pcm(decode_wire(event))
        complete = channel.windows.add(event.position_ms, samples, event.rate)
        if self._shadow is not None:
            self._shadow.add(event.channel, event.position_ms, samples, event.rate)
        self._release_all(channel.wait(entry, event.end_ms))
        for item in complete:
            await self._score(event.channel, channel, item)

    async def _score(self, name: str, channel: ChannelState, item: Assembled) -> None:
        await self._parts.waiting.take(1)
        task = asyncio.create_task(self._scored(name, channel, item))
        self._tasks.add(task)
        task.add_done_callback(self._settled)

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._parts.waiting.give(1)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._parts.fail(error)

    async def _scored(self, name: str, channel: ChannelState, item: Assembled) -> None:
        if await self._stored(name, item):
            self._release_all(channel.stored(item.window.index))

    async def _stored(self, name: str, item: Assembled) -> bool:
        """Whether the window has its row now; else it is a dead letter."""
        self._parts.windows.seen()
        try:
            await self._parts.scorer.store(self.call_id, name, item, self._release, self._newest)
        except ScoringError as error:
            await self._parts.window_given_up(self.call_id, name, item, self._release, error)
            return False
        return True

    def _complete(self, ended: CallEnded) -> bool:
        """Whether all audio is there. A channel that `ended` does not speak of may have more to come."""
        received = {name: channel.windows.received_ms for name, channel in self._channels.items()}
        if not received.keys() <= ended.duration_ms.keys():
            return False
        return all(received.get(name, 0) >= duration for name, duration in ended.duration_ms.items())

    async def _finish(self, reason: str) -> None:
        if self._shadow is not None:
            self._shadow.finish()
        for name, channel in self._channels.items():
            for item in channel.windows.finish():
                await self._score(name, channel, item)
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        await self._judge(reason)
        CALLS.labels(self._outcome).inc()
        log.info("the call is scored", extra={"outcome": self._outcome, "windows": self._windows})
        for channel in self._channels.values():
            self._release_all(channel.close())
        self._release_all(self._ended_entries)

    async def _late(self, event: Event, held: Held) -> None:
        """An event of a finished call: a replay, or audio that came too late."""
        traces.follow(held.traceparent)
        try:
            if isinstance(event, CallAudio):
                await self._late_audio(event)
        except ContractError as error:
            await held.dead_letter(error)
        held.release()
        self._done(held.entry)

    async def _late_audio(self, event: CallAudio) -> None:
        if event.window_end_ms is not None:
            self._release = await still_served(self.release, self._parts)
            if await self._again(event):
                await self._judge(self._row.reason)
            return
        durations = {verdict.channel: verdict.duration_ms for verdict in self._row.verdicts}
        if event.end_ms > durations.get(event.channel, 0):
            raise ContractError(
                f"audio after the call was closed ({self._outcome})", "Send `ended` last, or resubmit the recording"
            )

    async def _again(self, event: CallAudio) -> bool:
        """Whether the window of a dead letter was missing and has its row now.

        Nothing else is made of its audio: an open call's other windows come from the call's own events.
        """
        item, store, call_id = put_back(event, self._release.grid), self._parts.store, self.call_id
        known = await until_available("reading a call's windows", lambda: store.stored_starts(call_id))
        if item is None or item.window.start_ms in known.get(event.channel, {}):
            return False
        if not await self._stored(event.channel, item):
            return False
        if channel := self._channels.get(event.channel):
            self._release_all(channel.stored(item.window.index))
        return True

    async def _judge(self, reason: str) -> None:
        with traces.span("judge call", call_id=self.call_id, release=self.release):
            await self._store(await judged(self._parts, self._row, self._release, reason))
            await self._parts.publisher.verdict(self._row)

    @property
    def _outcome(self) -> str:
        """How the finished call ended, in our words: its reason is the sender's."""
        return "idle" if self._row.reason == "idle" else "ended"

    @property
    def _windows(self) -> int:
        return sum(verdict.windows for verdict in self._row.verdicts)

    async def _store(self, row: CallRow) -> None:
        self._row = msgspec.structs.replace(row, updated_at=stamp(self._row.updated_at))
        await self._parts.calls.put(self._row)

    def _release_all(self, entries: list[Entry[Any]]) -> None:
        for entry in entries:
            self._done(entry)
