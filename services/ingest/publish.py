"""A stored recording becomes events on Kafka, in order, at its speed; what the broker does not take is sent again."""

import asyncio
import contextlib
import logging
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from diktor import logs, traces
from diktor.audio.decoded import Decoded
from diktor.audio.formats import encode_wire
from diktor.audio.isolated import Limits
from diktor.errors import AudioError, told
from diktor.events import CallAudio, CallEnded, CallStarted, Channel, Event, to_message
from diktor.metrics import PUBLISHED, PUBLISHING
from diktor.recordings import Recording, Recordings
from diktor.releases import RATE
from diktor.settings import Settings

log = logging.getLogger(__name__)

FRAME_MS = 1000
AT_ONCE = 8
"""Recordings published side by side."""


class Publications:
    """Publishes recordings in the background, each once at a time."""

    def __init__(self, settings: Settings, recordings: Recordings) -> None:
        self._settings, self._recordings = settings, recordings
        self._producer: AIOKafkaProducer | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def stop(self) -> None:
        """Leave what is unfinished to the next start."""
        for task in self._running.values():
            task.cancel()
        for task in list(self._running.values()):
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._producer is not None:
            await self._producer.stop()

    def begin(self, recording: Recording, decoded: Decoded | None = None) -> None:
        """Publish a recording, unless that is going on; its samples, where they are at hand, are closed afterwards."""
        if decoded is not None and (recording.call_id in self._running or len(self._running) >= AT_ONCE):
            decoded.close()  # it would wait its turn, and samples take more room than recordings
            decoded = None
        if recording.call_id not in self._running:
            task = asyncio.create_task(self._publish(recording, decoded))
            self._running[recording.call_id] = task
            task.add_done_callback(lambda _: self._over(recording.call_id, decoded))

    def _over(self, call_id: str, decoded: Decoded | None) -> None:
        self._running.pop(call_id, None)
        if decoded is not None:
            decoded.close()

    def busy(self, call_id: str) -> bool:
        """Whether a recording is being published."""
        return call_id in self._running

    async def _publish(self, recording: Recording, decoded: Decoded | None) -> None:
        logs.of_call(recording.call_id)
        wait = 0.5
        while True:
            try:
                async with self._slots:
                    with PUBLISHING.track_inprogress(), traces.span("publish recording", call_id=recording.call_id):
                        await (self._events(recording, decoded) if decoded else self._fetched(recording))
                    if not await asyncio.to_thread(self._described, recording):
                        log.info("it was erased while it was being published")
                        return
                log.info("published")
                return
            except (AudioError, FileNotFoundError) as error:  # it was there and decoded when it was taken in
                log.error("it cannot be published, the store lost its audio: %s", told(error))
                return
            except OSError as error:  # a full disk, a store that is away
                log.warning("it is published again from its start: %s", told(error))
            await asyncio.sleep(wait)
            wait = min(wait * 2, 30.0)

    def _described(self, recording: Recording) -> bool:
        """Say that all is published, unless the recording was erased meanwhile: its document must not come back."""
        if self._recordings.get(recording.call_id) is None:
            return False
        self._recordings.describe(msgspec.structs.replace(recording, published=True))
        return True

    async def _fetched(self, recording: Recording) -> None:
        with tempfile.TemporaryDirectory(dir=self._settings.spool) as folder:
            path = Path(folder) / "audio"
            await asyncio.to_thread(self._recordings.fetch, recording.call_id, path)
            decoded = await asyncio.to_thread(decoded_of, path, self._settings)
        try:
            await self._events(recording, decoded)
        finally:
            decoded.close()

    async def _events(self, recording: Recording, decoded: Decoded) -> None:
        start = time.monotonic()
        for event in _events(decoded, recording):
            if isinstance(event, CallAudio) and recording.speed is not None:
                due = start + (event.position_ms + FRAME_MS) / 1000 / recording.speed
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self._send(recording.call_id, event)

    async def _send(self, call_id: str, event: Event) -> None:
        message, wait = to_message(call_id, event), 0.1
        while True:
            try:
                producer = await self._connected()
                await producer.send_and_wait(
                    self._settings.topic_audio, message.value, key=message.key, headers=list(message.headers)
                )
            except (KafkaError, OSError) as error:
                log.warning("Kafka did not take an event, which is sent again: %r", error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)
                continue
            if isinstance(event, CallAudio):
                PUBLISHED.inc(event.samples / event.rate)
            return

    async def _connected(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.kafka, acks="all", enable_idempotence=False, request_timeout_ms=10_000
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            if self._producer is None:
                self._producer = producer
            else:
                await producer.stop()
        return self._producer


def decoded_of(path: Path, settings: Settings, name: str = "") -> Decoded:
    """A recording's samples, in the folder that this service works in. Raises as `Decoded.of`."""
    limits = Limits(settings.decode_bytes, settings.decode_seconds)
    return Decoded.of(path, settings.spool, settings.ingest_max_seconds, name, limits)


def _events(decoded: Decoded, recording: Recording) -> Iterator[Event]:
    yield CallStarted(
        operator_id=recording.operator_id,
        team_id=recording.team_id,
        direction=recording.direction,  # type: ignore[arg-type]  # checked when it was taken in
        started_at=recording.started_at,
        channels=tuple(Channel(name) for name in recording.channels),  # type: ignore[arg-type]
        rate=RATE,
        source=f"recording {recording.digest[:12]}",
    )
    samples = 0
    for frame in decoded.frames(FRAME_MS):
        for name, row in zip(recording.channels, frame, strict=False):
            yield CallAudio(name, samples * 1000 // RATE, "S16LE", RATE, encode_wire(row))  # type: ignore[arg-type]
        samples += frame.shape[1]
    duration = -(-samples * 1000 // RATE)
    yield CallEnded(dict.fromkeys(recording.channels, duration), "recording ended")  # type: ignore[arg-type]
