"""A stored recording becomes events on Kafka, in order, at its speed; what the broker does not take is sent again."""

import asyncio
import contextlib
import logging
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import numpy as np
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from diktor import logs, traces
from diktor.audio import isolated
from diktor.audio.decode import Block
from diktor.audio.formats import encode_wire
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

    def begin(self, recording: Recording) -> None:
        """Publish a recording, unless that is going on."""
        if recording.call_id not in self._running:
            task = asyncio.create_task(self._publish(recording))
            self._running[recording.call_id] = task
            task.add_done_callback(lambda _: self._running.pop(recording.call_id, None))

    def busy(self, call_id: str) -> bool:
        """Whether a recording is being published."""
        return call_id in self._running

    async def _publish(self, recording: Recording) -> None:
        logs.of_call(recording.call_id)
        wait = 0.5
        while True:
            try:
                async with self._slots:
                    with PUBLISHING.track_inprogress(), traces.span("publish recording", call_id=recording.call_id):
                        await self._events(recording)
                    done = msgspec.structs.replace(recording, published=True)
                    await asyncio.to_thread(self._recordings.describe, done)
                log.info("published")
                return
            except (AudioError, FileNotFoundError) as error:  # it was there and decoded when it was taken in
                log.error("it cannot be published, the store lost its audio: %s", told(error))
                return
            except OSError as error:  # a full disk, a store that is away
                log.warning("it is published again from its start: %s", told(error))
            await asyncio.sleep(wait)
            wait = min(wait * 2, 30.0)

    async def _events(self, recording: Recording) -> None:
        with tempfile.TemporaryDirectory(prefix="diktor-") as folder:
            path = Path(folder) / "audio"
            await asyncio.to_thread(self._recordings.fetch, recording.call_id, path)
            start = time.monotonic()
            source = isolated.blocks(path, self._settings.ingest_max_seconds, limits=limits(self._settings))
            async for event in _events(source, recording):
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


def limits(settings: Settings) -> isolated.Limits:
    """What decoding one recording may take."""
    return isolated.Limits(settings.decode_bytes, settings.decode_seconds)


async def _events(source: Iterator[Block], recording: Recording) -> AsyncIterator[Event]:
    yield CallStarted(
        operator_id=recording.operator_id,
        team_id=recording.team_id,
        direction=recording.direction,  # type: ignore[arg-type]  # checked when it was taken in
        started_at=recording.started_at,
        channels=tuple(Channel(name) for name in recording.channels),  # type: ignore[arg-type]
        rate=RATE,
        source=f"recording {recording.digest[:12]}",
    )
    frames, samples = _frames(source), 0
    while (frame := await asyncio.to_thread(next, frames, None)) is not None:
        for name, row in zip(recording.channels, frame, strict=False):
            yield CallAudio(name, samples * 1000 // RATE, "S16LE", RATE, encode_wire(row))  # type: ignore[arg-type]
        samples += frame.shape[1]
    duration = -(-samples * 1000 // RATE)
    yield CallEnded(dict.fromkeys(recording.channels, duration), "recording ended")  # type: ignore[arg-type]


def _frames(source: Iterator[Block]) -> Iterator[Block]:
    """Blocks of any length as frames of a second; a rest shorter than a message may be is kept with the last one."""
    size, least = FRAME_MS * RATE // 1000, RATE // 50
    held: Block | None = None
    for block in source:
        held = block if held is None else np.concatenate([held, block], axis=1)
        while held.shape[1] >= size + least:
            yield held[:, :size]
            held = held[:, size:]
    if held is not None and held.shape[1]:
        short = least - held.shape[1]
        yield np.pad(held, ((0, 0), (0, short))) if short > 0 else held
