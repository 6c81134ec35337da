"""One partition of calls.audio in this worker: its calls' lanes, its ledger, its clock.

Ordering: events of a call are handled in the order received; calls run side by side. Back pressure: `receive` waits
while too much audio is unread by its lane. Failure: all of it is thrown away when the partition is revoked; the new
owner replays from the last acknowledged event.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from typing import Any

from diktor import logs
from diktor.errors import ContractError, DiktorError, told
from diktor.events import parse
from diktor.traces import TRACEPARENT
from services.scorer.budget import Budget
from services.scorer.call import CallLane
from services.scorer.clock import PartitionClock
from services.scorer.ledger import Entry, Ledger
from services.scorer.parts import Parts

log = logging.getLogger(__name__)


class Received:
    """An event as Faust gave it: what its lane needs to set it aside or to let its audio go."""

    def __init__(self, event: Any, entry: Entry[Any], parts: Parts, unread: Budget) -> None:
        self.entry = entry
        self._message = event.message
        self._parts = parts
        self._unread = unread
        self._size = len(event.message.value or b"")

    @property
    def traceparent(self) -> bytes | None:
        """The span it was published in, as its header says."""
        return dict(headers_of(self._message)).get(TRACEPARENT)

    @property
    def call_id(self) -> str:
        """The call it says it is of; nobody has checked."""
        return (self._message.key or b"").decode(errors="replace")

    async def dead_letter(self, error: DiktorError, attempts: int = 1) -> None:
        """Publish it with its cause and origin."""
        message = self._message
        origin = (message.topic, message.partition, message.offset)
        await self._parts.publisher.dead_letter(
            message.key, message.value, headers_of(message), error, origin, attempts
        )

    def release(self) -> None:
        """Its audio is with the lane, or gone: the bytes need not be held for it."""
        self._message.value = None
        self._unread.give(self._size)
        self._size = 0


class Partition:
    """The state of one assigned partition."""

    def __init__(self, number: int, parts: Parts, unread: Budget) -> None:
        self.number = number
        self.clock = PartitionClock()
        self._parts = parts
        self._unread = unread
        self._ledger: Ledger[Any] = Ledger()
        self._lanes: dict[str, tuple[CallLane, asyncio.Task[None]]] = {}
        self._last_event: dict[str, float] = {}
        self._letters: set[asyncio.Task[None]] = set()
        self._revoked = False

    def __len__(self) -> int:
        """How many calls are open here."""
        return len(self._lanes)

    @property
    def unacknowledged(self) -> int:
        """Events received and not acknowledged."""
        return len(self._ledger)

    @property
    def lag_s(self) -> float:
        """How long the oldest event that is not stored wholly has been on Kafka."""
        oldest = self._ledger.oldest
        return 0.0 if oldest is None else max(0.0, time.time() - oldest.message.timestamp)

    @property
    def releases(self) -> list[int]:
        """The releases that the open calls are pinned to."""
        return [lane.release for lane, _ in self._lanes.values() if lane.release]

    async def receive(self, event: Any) -> None:
        """Take in the partition's next event; waits while too much is unread."""
        message = event.message
        await self._unread.take(len(message.value or b""))
        if self._revoked:
            self._unread.give(len(message.value or b""))
            return
        self.clock.heard(message.timestamp)
        self._parts.events.seen()
        received = Received(event, self._ledger.received(event), self._parts, self._unread)
        try:
            call_id, content = parse(message.key, message.value, headers_of(message))
        except ContractError as error:
            self._background(self._refuse(received, error))
            return
        self._last_event[call_id] = self.clock.now
        self._lane(call_id).put(content, received)

    def close_silent(self, idle_s: float) -> None:
        """Close the calls that sent nothing for so long."""
        for call_id, (lane, _) in self._lanes.items():
            if not lane.busy and self.clock.now - self._last_event.get(call_id, 0.0) > idle_s:
                self._last_event[call_id] = self.clock.now
                lane.close()

    def sweep(self, call_ids: Iterable[str]) -> None:
        """Close calls that are open in the store and that nobody speaks for: a crash left them."""
        for call_id in call_ids:
            if call_id not in self._lanes:
                log.warning("left open: closing it with what is stored", extra={"call_id": call_id})
                self._last_event[call_id] = self.clock.now
                self._lane(call_id).close()

    async def revoke(self) -> None:
        """Throw everything away."""
        self._revoked = True
        tasks = [*(task for _, task in self._lanes.values()), *self._letters]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        self._lanes.clear()

    def _lane(self, call_id: str) -> CallLane:
        if call_id not in self._lanes:
            lane = CallLane(call_id, self.number, self._parts, self._done, self._forget)
            task = asyncio.create_task(lane.run())
            task.add_done_callback(self._settled)
            self._lanes[call_id] = lane, task
        return self._lanes[call_id][0]

    def _forget(self, call_id: str) -> None:
        self._lanes.pop(call_id, None)
        self._last_event.pop(call_id, None)

    def _done(self, entry: Entry[Any]) -> None:
        for event in self._ledger.done(entry):
            if not self._revoked:
                event.ack()

    async def _refuse(self, received: Received, error: ContractError) -> None:
        logs.of_call(received.call_id)
        await received.dead_letter(error)
        self._parts.events.lost(told(error))
        received.release()
        self._done(received.entry)

    def _background(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._letters.add(task)
        task.add_done_callback(self._letters.discard)
        task.add_done_callback(self._settled)

    def _settled(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._parts.fail(error)


def headers_of(message: Any) -> list[tuple[str, bytes]]:
    """A Faust message's headers as pairs."""
    headers = message.headers or ()
    return list(headers.items()) if isinstance(headers, dict) else list(headers)
