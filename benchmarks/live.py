"""Live calls straight onto Kafka: from a window's last frame to its row, and what an active call costs.

1. What the cores score when they do nothing else, then speech at a share of that: p50 and p95 from the last frame of a
   window being produced to its row being visible, beside what `diktor plan` simulates for the same load.
2. Silence in 1, 50 and 200 calls at once: the scorer's memory and CPU per call (no model runs: it is the lanes').
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from aiokafka import AIOKafkaProducer
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.calls import CALLS, GRID, through_stack
from benchmarks.processor import cpu_s
from benchmarks.report import save
from deploy.embedded.stack import Stack
from diktor.audio.decode import blocks
from diktor.audio.formats import encode_wire
from diktor.audio.vad import LEAST_MS, VoiceActivity
from diktor.capacity.measured import MEASURED
from diktor.capacity.plan import Load as PlannedLoad
from diktor.capacity.simulate import simulate
from diktor.events import CallAudio, CallEnded, to_message
from diktor.settings import Settings
from diktor.store.connection import connect

FRAME_MS = 200
SHARE = 0.7
SECONDS = 60
EVERY_S = 0.2
"""Between two looks at the rows: a window counts as visible up to so much too late."""

GOALS = {"p95_s": 1.0, "mib_per_call": 1.0}
RECENT = "SELECT call_id, start_ms FROM windows WHERE scored_at > now64(6) - INTERVAL 3 SECOND"
SPOKEN = "SELECT countIf(notEmpty(probability)), count() FROM windows FINAL WHERE startsWith(call_id, {of:String})"


def speech(number: int) -> NDArray[np.int16]:
    """A minute of an operator's channel, another piece for every call."""
    pcm = np.concatenate(list(blocks(CALLS[number % len(CALLS)])), axis=1)[0]
    return np.resize(np.roll(pcm, number * 4001), SECONDS * 8000)


def speaking() -> float:
    """The share of such windows that holds some speech."""
    windows = [piece for number in range(12) for piece in speech(number).reshape(-1, GRID.length_ms * 8)]
    return float(np.mean(np.array(VoiceActivity().speech_ms_of(windows)) >= LEAST_MS))


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


async def spoken(stack: Stack, of: str) -> tuple[int, int]:
    """Windows with speech, and all, of calls whose ids begin so."""
    client = await connect(stack.settings)
    try:
        ((some, every),) = (await client.query(SPOKEN, parameters={"of": of})).result_rows
        return some, every
    finally:
        await client.close()


def capacity(stack: Stack) -> float:
    """Windows with speech per second that the stack scores when recordings wait."""
    passage = through_stack(stack, CALLS[::2])
    return asyncio.run(spoken(stack, "call-"))[0] / passage.spent.wall_s


async def asking(stack: Stack) -> float:
    """Cores that the engine takes to be asked for the newest rows, with nothing else to do."""
    engine = psutil.Process(next(state.pid for state in stack.supervisor.states() if state.name == "clickhouse"))
    client, before, started = await connect(stack.settings), cpu_s([engine]), time.monotonic()
    while time.monotonic() - started < 6:
        await asyncio.sleep(EVERY_S)
        await client.query(RECENT)
    await client.close()
    return (cpu_s([engine]) - before) / (time.monotonic() - started)


async def latency(stack: Stack, count: int) -> dict[str, Any]:
    """Seconds from a window's last frame to its visible row, with so many calls that speak."""
    load = Load(stack.settings)
    calls = {f"live-{number}": speech(number) for number in range(count)}
    seen: dict[tuple[str, int], float] = {}
    client = await connect(stack.settings)
    running, used, started = asyncio.create_task(load.run(calls, SECONDS)), time.process_time(), time.monotonic()
    try:
        while not running.done() or len(seen) < len(load.complete):
            await asyncio.sleep(EVERY_S)
            rows = (await client.query(RECENT)).result_rows
            now = time.monotonic()
            for call_id, start in rows:
                seen.setdefault((call_id, start), now)
            if running.done() and time.monotonic() - max(load.complete.values()) > 30:
                break
    finally:
        await running
        await client.close()
    own = (time.process_time() - used) / (time.monotonic() - started)
    waits = sorted(seen[key] - at for key, at in load.complete.items() if key in seen)
    p50, p95, p99 = (round(float(np.quantile(waits, share)), 2) for share in (0.5, 0.95, 0.99))
    return {
        "windows": len(waits), "never_seen": len(load.complete) - len(waits), "p50_s": p50, "p95_s": p95, "p99_s": p99,
        "cores_of_the_load": round(own, 3),
        "quantiles_s": [round(float(np.quantile(waits, k / 100)), 3) for k in range(101)],
    }  # fmt: skip


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


def simulated(count: int, share: float, background: float) -> dict[str, float]:
    """What the simulation says of the same calls on the same cores, of which the measurement takes its part."""
    load = PlannedLoad(count, SECONDS / 60, channels=1, speech=share, event_ms=FRAME_MS)
    found = simulate(load, GRID, MEASURED, 1, 1, cores=psutil.cpu_count(), background=background)
    return {"p50_s": found.p50_s, "p95_s": found.p95_s, "p99_s": found.p99_s}


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """How long windows waited."""
    waits = result["row_visible"]
    axes.plot(waits["quantiles_s"], range(101), color="#2b6cb0")
    axes.axvline(GOALS["p95_s"], linestyle=":", color="black")
    axes.axhline(95, linestyle=":", color="black")
    axes.set_xlabel("seconds from a window's last frame produced to its row visible")
    axes.set_ylabel("per cent of windows")
    axes.set_title(f"{result['calls']} calls, {SHARE:.0%} of capacity: p95 {waits['p95_s']} s")


def main() -> None:
    """Measure and save."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        stack.up()
        try:
            asyncio.run(cost(stack, 1))  # what is loaded once
            costs = {count: asyncio.run(cost(stack, count)) for count in (1, 50, 200)}
            most = capacity(stack)
            count = round(most * SHARE / speaking() * GRID.hop_ms / 1000)
            asked = asyncio.run(asking(stack))
            waits = asyncio.run(latency(stack, count))
            share = np.divide(*asyncio.run(spoken(stack, "live-")))
        finally:
            stack.down()
    per_call = {
        f"{a}_to_{b}": {
            "mib_per_call": round((costs[b]["mib"] - costs[a]["mib"]) / (b - a), 3),
            "cpu_ms_per_call_s": round(1000 * (costs[b]["cpu_share"] - costs[a]["cpu_share"]) / (b - a), 2),
        }
        for a, b in ((1, 50), (50, 200))
    }
    result = {
        "capacity_windows_per_s": round(most, 2),
        "share_of_capacity": SHARE,
        "calls": count,
        "share_with_speech": round(float(share), 3),
        "row_visible": waits,
        "simulated": simulated(count, float(share), asked + waits["cores_of_the_load"]),
        "silent_calls": costs,
        "per_call": per_call,
    }
    save("live", result, draw)


if __name__ == "__main__":
    main()
