"""The worker between Faust and the partitions: hands events over, watches for silence, sweeps, stops."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from diktor.audio.activity import Activity
from diktor.errors import DiktorError
from diktor.releases.book import Book
from diktor.scoring.triton import Triton
from diktor.settings import Settings
from diktor.store.client import Store
from services.scorer.budget import Budget
from services.scorer.limit import Halt, LossLimit
from services.scorer.partition import Partition
from services.scorer.parts import IN_FLIGHT_BYTES, Parts
from services.scorer.publisher import Publisher
from services.scorer.retry import until_available
from services.scorer.scoring import WindowScorer
from services.scorer.shadow import Trial
from services.scorer.sink import Sink

log = logging.getLogger(__name__)

TICK_S = 1.0


class Worker:
    """All partitions assigned to this process. Build it with `started`."""

    def __init__(self, parts: Parts, windows: Sink[Any], triton: Triton, activity: Activity, halt: Halt) -> None:
        self.parts = parts
        self._activity = activity
        self.halt = halt
        self.partitions: dict[int, Partition] = {}
        self._windows = windows
        self._triton = triton
        self._unread = Budget(IN_FLIGHT_BYTES)
        self._waiting_since: float | None = None
        self._listened = 0.0
        self._swept = time.monotonic()
        self._reachable = True
        self._watch: asyncio.Task[None] | None = None

    @classmethod
    async def started(cls, settings: Settings, fail: Callable[[BaseException], None]) -> "Worker":
        """Connect to everything, waiting for what is not there yet."""
        store = await until_available("opening the store", lambda: Store.open(settings))
        triton = Triton(settings.triton, settings.triton_timeout_s)
        slots = asyncio.Semaphore(settings.windows_in_flight)
        batch = min(settings.batch_rows, settings.windows_waiting // 4)  # those that wait for it are held back
        windows = Sink(store.insert_windows, max(1, batch), settings.batch_ms, behind=slots.locked)
        calls = Sink(store.insert_calls, settings.batch_rows, settings.batch_ms // 10)
        publisher, activity = Publisher(settings), Activity()
        scorer = WindowScorer(triton, windows, slots, activity)
        halt = Halt()
        parts = Parts(
            settings=settings,
            store=store,
            scorer=scorer,
            calls=calls,
            publisher=publisher,
            waiting=Budget(settings.windows_waiting),
            events=LossLimit("events", settings.dead_letter_share, halt),
            windows=LossLimit("windows", settings.dead_letter_share, halt),
            releases=Book(settings),
            trial=Trial(triton, activity, store, lambda: scorer.busy),
            fail=fail,
        )
        windows.start()
        calls.start()
        parts.releases.start()
        parts.trial.start()
        await publisher.start()
        worker = cls(parts, windows, triton, activity, halt)
        worker._watch = asyncio.create_task(worker._ticks())
        return worker

    async def stop(self) -> None:
        """Throw away what is unfinished and hang up."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await self.revoke(list(self.partitions))
        await self.parts.releases.stop()
        await self.parts.trial.stop()
        await self._windows.stop()
        await self.parts.calls.stop()
        self._activity.close()
        await self.parts.publisher.stop()
        await self._triton.close()
        await self.parts.store.close()

    @property
    def unread_bytes(self) -> int:
        """Audio that no call has looked at yet."""
        return self._unread.used

    async def receive(self, event: Any) -> None:
        """Hand an event to its partition; returns when there is room for the next one, never once halted."""
        self._listen()
        self._waiting_since = None
        if self.halt.reason:
            await asyncio.Event().wait()
        number = event.message.partition
        if number not in self.partitions:
            self.partitions[number] = Partition(number, self.parts, self._unread)
        await self.partitions[number].receive(event)
        self._waiting_since = time.monotonic()

    def assigned(self, numbers: Iterable[int]) -> None:
        """These partitions are ours from now on."""
        for number in numbers:
            self.partitions.setdefault(number, Partition(number, self.parts, self._unread))
        self._waiting_since = time.monotonic()

    async def revoke(self, numbers: Iterable[int]) -> None:
        """These are not ours any more: what is unfinished is thrown away, the new owner replays it."""
        gone = [self.partitions.pop(number) for number in list(numbers) if number in self.partitions]
        for partition in gone:
            await partition.revoke()

    async def _ticks(self) -> None:
        idle = self.parts.settings.idle_timeout_s
        while True:
            await asyncio.sleep(TICK_S)
            now = self._listen()
            quiet, self._listened = min(self._listened, 2 * TICK_S), 0.0  # longer: it was stopped, and heard nothing
            if quiet > TICK_S / 2 and any(map(len, self.partitions.values())) and not await self._broker_answers():
                quiet = 0.0
            for partition in self.partitions.values():
                partition.clock.listened(quiet)
                partition.close_silent(idle)
            if now - self._swept > idle / 2:
                self._swept = now
                with contextlib.suppress(DiktorError):  # the store is away: the next sweep finds them
                    await self._sweep(idle)

    async def _broker_answers(self) -> bool:
        """Whether it does and did when it was last asked: a call is not silent because nobody can be heard."""
        before, self._reachable = self._reachable, await self.parts.publisher.reachable()
        if self._reachable != before:
            log.warning(
                "the broker answers again" if self._reachable else "the broker is away: no call is silent meanwhile"
            )
        return before and self._reachable

    def _listen(self) -> float:
        """Count the time since the worker began to wait for an event, if it does; the time now."""
        now = time.monotonic()
        if self._waiting_since is not None:
            self._listened += now - self._waiting_since
            self._waiting_since = now
        return now

    async def _sweep(self, idle: float) -> None:
        ripe = [number for number, partition in self.partitions.items() if partition.clock.elapsed > idle]
        if not ripe:
            return
        for row in await self.parts.store.open_calls(ripe):
            since = abs(time.time() - row.updated_at.timestamp())  # from the future: the clock was set back since
            if since > idle and row.partition in self.partitions:
                self.partitions[row.partition].sweep([row.call_id])
