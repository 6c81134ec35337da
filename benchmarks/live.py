"""Live calls straight onto Kafka: from a window's last frame to its row, and what an active call costs.

1. Speech at a share of capacity: p50 and p95 from the last frame of a window being produced to its row being visible.
2. Silence in 1, 50 and 200 calls at once: the scorer's memory and CPU per call (no model runs: it is the lanes').

JSON on the last line.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from aiokafka import AIOKafkaProducer
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from deploy.embedded.stack import Stack
from diktor.audio.decode import blocks
from diktor.audio.formats import encode_wire
from diktor.audio.grid import Grid
from diktor.events import CallAudio, CallEnded, to_message
from diktor.settings import Settings
from diktor.store.connection import connect

ROOT = Path(__file__).resolve().parents[1]
FRAME_MS = 200
CAPACITY = 6.7
"""Windows with speech per second that two cores score when they do nothing else (`pipeline.py`: 457 in 68 s)."""

SPEECH = 0.92
"""Share of the windows of `speech` that hold some."""

SHARE = 0.7
SECONDS = 60
GRID = Grid()
RECENT = "SELECT call_id, start_ms FROM windows WHERE scored_at > now64(6) - INTERVAL 3 SECOND"


def speech(number: int) -> NDArray[np.int16]:
    """A minute of an operator's channel, another piece for every call."""
    files = sorted((ROOT / "assets" / "calls").glob("call-*"))
    pcm = np.concatenate(list(blocks(files[number % len(files)])), axis=1)[0]
    return np.resize(np.roll(pcm, number * 4001), SECONDS * 8000)


class Load:
    """Calls that speak in real time; remembers when each window was complete."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.complete: dict[tuple[str, int], float] = {}

    async def run(self, calls: dict[str, NDArray[np.int16]], seconds: float) -> None:
        """All of them side by side, spread over one hop; ended at the end."""
        producer = AIOKafkaProducer(bootstrap_servers=self._settings.kafka, acks="all", linger_ms=5)
        await producer.start()
        try:
            await asyncio.gather(
                *(
                    self._call(producer, call_id, pcm, seconds, number / len(calls) * GRID.hop_ms / 1000)
                    for number, (call_id, pcm) in enumerate(calls.items())
                )
            )
        finally:
            await producer.stop()

    async def _call(
        self, producer: AIOKafkaProducer, call_id: str, pcm: NDArray[np.int16], seconds: float, later: float
    ) -> None:
        started, size = time.monotonic() + later, FRAME_MS * 8
        for position in range(0, int(seconds * 1000), FRAME_MS):
            await asyncio.sleep(max(0.0, started + (position + FRAME_MS) / 1000 - time.monotonic()))
            frame = encode_wire(pcm[position * 8 : position * 8 + size])
            await self._send(producer, call_id, CallAudio("mixed", position, "S16LE", 8000, frame))
            if (done := GRID.complete(position + FRAME_MS)) > GRID.complete(position):
                self.complete[call_id, (done - 1) * GRID.hop_ms] = time.monotonic()
        await self._send(producer, call_id, CallEnded({"mixed": int(seconds * 1000)}, "end"))

    async def _send(self, producer: AIOKafkaProducer, call_id: str, event: CallAudio | CallEnded) -> None:
        message = to_message(call_id, event)
        await producer.send(self._settings.topic_audio, message.value, key=message.key, headers=list(message.headers))


async def latency(stack: Stack) -> dict[str, float]:
    """Seconds from a window's last frame to its visible row, at `SHARE` of capacity."""
    count = round(CAPACITY * SHARE / SPEECH * GRID.hop_ms / 1000)
    load = Load(stack.settings)
    calls = {f"live-{number}": speech(number) for number in range(count)}
    seen: dict[tuple[str, int], float] = {}
    client = await connect(stack.settings)
    running = asyncio.create_task(load.run(calls, SECONDS))
    try:
        while not running.done() or len(seen) < len(load.complete):
            await asyncio.sleep(0.1)
            rows = (await client.query(RECENT)).result_rows
            now = time.monotonic()
            for call_id, start in rows:
                seen.setdefault((call_id, start), now)
            if running.done() and time.monotonic() - max(load.complete.values()) > 30:
                break
    finally:
        await running
        await client.close()
    waits = [seen[key] - at for key, at in load.complete.items() if key in seen]
    p50, p95 = (float(np.quantile(waits, share)) for share in (0.5, 0.95))
    return {"calls": count, "windows": len(waits), "p50_s": round(p50, 2), "p95_s": round(p95, 2)}


async def cost(stack: Stack, count: int) -> dict[str, float]:
    """The scorer's resident MiB and CPU seconds per second with so many silent calls under way."""
    scorer = next(state.pid for state in stack.supervisor.states() if state.name == "scorer-0")
    process = psutil.Process(scorer)
    load, silence = Load(stack.settings), np.zeros(24 * 8000, np.int16)
    running = asyncio.create_task(load.run({f"quiet-{count}-{n}": silence for n in range(count)}, 24))
    await asyncio.sleep(8)
    before, started = process.cpu_times(), time.monotonic()
    largest = 0.0
    while time.monotonic() - started < 12:
        await asyncio.sleep(0.5)
        largest = max(largest, process.memory_info().rss / 2**20)
    after, seconds = process.cpu_times(), time.monotonic() - started
    await running
    used = after.user + after.system - before.user - before.system
    return {"mib": round(largest, 1), "cpu_share": round(used / seconds, 4)}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        stack.up()
        try:
            asyncio.run(cost(stack, 1))  # what is loaded once
            costs = {count: asyncio.run(cost(stack, count)) for count in (1, 50, 200)}
            waits = asyncio.run(latency(stack))
        finally:
            stack.down()
    per_call = {
        f"{a}_to_{b}": {
            "mib_per_call": round((costs[b]["mib"] - costs[a]["mib"]) / (b - a), 3),
            "cpu_ms_per_call_s": round(1000 * (costs[b]["cpu_share"] - costs[a]["cpu_share"]) / (b - a), 2),
        }
        for a, b in ((1, 50), (50, 200))
    }
    print(json.dumps({"share_of_capacity": SHARE, "row_visible": waits, "silent_calls": costs, "per_call": per_call}))


if __name__ == "__main__":
    main()
