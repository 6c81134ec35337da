"""Two hundred listeners of live calls at once: how late an event arrives, and what the listening costs the API.

Delay: from a call's row being stored to each listener having its event, over HTTP on loopback. Everybody hears every
call, as administrators do, so that each change is an event for each. Cores and memory of the API with nobody
listening, with listeners and no calls, and with calls that change so many times a second. The listeners are a process
of their own.

`python -m benchmarks.listeners [LISTENERS]`
"""

import asyncio
import multiprocessing
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import numpy as np
import psutil
from matplotlib.axes import Axes

from benchmarks import statistics_rows as made
from benchmarks.processor import cpu_s
from benchmarks.report import save
from deploy.embedded.stack import Stack
from diktor.client import AsyncClient
from diktor.store.client import Store
from diktor.wire.accounts import NewUser, Role
from services.api.accounts.first import make_user
from services.api.calls.live import microseconds

LISTENERS = 200
RATES = (2, 20)
"""Calls that change a second: two hundred calls at once, five minutes each, are one and a half."""

SECONDS, QUIET_S, LATE_S = 30.0, 10.0, 5.0
EVENT = re.compile(rb"id: (\d+)\n")


def hear(url: str, token: str, listeners: int, channel: Connection) -> None:
    """A process with so many connections: says when all stand, and when asked to end (event, moment) of each."""
    asyncio.run(_hear(url, token, listeners, channel))


async def _hear(url: str, token: str, listeners: int, channel: Connection) -> None:
    heard: list[tuple[int, float]] = []
    begun = asyncio.Semaphore(0)

    async def listen(session: aiohttp.ClientSession) -> None:
        async with session.get(f"{url}/api/v1/events") as answer:
            answer.raise_for_status()
            async for piece in answer.content.iter_any():
                at = time.monotonic()
                if piece.startswith(b"retry"):
                    begun.release()
                heard.extend((int(event), at) for event in EVENT.findall(piece))

    options: dict[str, Any] = {"connector": aiohttp.TCPConnector(limit=0), "timeout": aiohttp.ClientTimeout(total=None)}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}, **options) as session:
        tasks = [asyncio.create_task(listen(session)) for _ in range(listeners)]
        for _ in tasks:
            await begun.acquire()
        channel.send("all listen")
        await asyncio.to_thread(channel.recv)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    channel.send(heard)


@asynccontextmanager
async def listening(url: str, token: str, listeners: int) -> AsyncIterator[list[tuple[int, float]]]:
    """So many listen inside the block; what they heard is in the list after it."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=hear, args=(url, token, listeners, there))
    process.start()
    there.close()  # so that its death is heard of
    heard: list[tuple[int, float]] = []
    try:
        await asyncio.to_thread(here.recv)
        yield heard
        here.send("end")
        heard.extend(await asyncio.to_thread(here.recv))
        await asyncio.to_thread(process.join)
    finally:
        process.kill()


async def change(store: Store, rate: int, seconds: float) -> dict[int, float]:
    """Scored calls, one at a time; when each was stored, by its event's id."""
    dice, stored, started = np.random.default_rng(rate), dict[int, float](), time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))
        row = msgspec.structs.replace(made.call(rate * 10**6 + number, 10**8, dice), updated_at=datetime.now(UTC))
        await store.insert_calls([row])
        stored[microseconds(row.updated_at)] = time.monotonic()
    return stored


class Costs:
    """Cores and memory of the API, and cores of the engine, over a stretch."""

    def __init__(self, stack: Stack) -> None:
        pids = {state.name: state.pid for state in stack.supervisor.states()}
        self._processes = {name: psutil.Process(pids[name]) for name in ("api", "clickhouse")}
        self._before = {name: cpu_s([process]) for name, process in self._processes.items()}
        self._started = time.monotonic()

    def end(self) -> dict[str, float]:
        """Since it was made."""
        seconds = time.monotonic() - self._started
        used = {name: (cpu_s([process]) - self._before[name]) / seconds for name, process in self._processes.items()}
        rss = self._processes["api"].memory_info().rss / 2**20
        return {"api_cores": round(used["api"], 3), "engine_cores": round(used["clickhouse"], 3), "api_mib": round(rss)}


async def measure(stack: Stack, listeners: int) -> dict[str, Any]:
    """Everything, on a stack that serves."""
    password = await make_user(stack.settings, NewUser(login="bench", role=Role.admin))
    async with AsyncClient(stack.settings.api) as client:
        await client.log_in("bench", password or "")
        token, url = client.session.access, stack.settings.api
        store = await Store.open(stack.settings)
        try:
            async with listening(url, token, 1):  # what is loaded once
                await change(store, 2, 4)
            result: dict[str, Any] = {"listeners": listeners, "nobody": await quiet(stack)}
            async with listening(url, token, listeners):
                await asyncio.sleep(2)
                result["no calls"] = await quiet(stack)
            result["changes_per_s"] = {}
            for rate in RATES:
                async with listening(url, token, listeners) as heard:
                    await asyncio.sleep(2)
                    costs = Costs(stack)
                    stored = await change(store, rate, SECONDS)
                    cost = costs.end()
                    await asyncio.sleep(LATE_S)
                result["changes_per_s"][rate] = {**cost, **delays(heard, stored, listeners)}
        finally:
            await store.close()
    return result


async def quiet(stack: Stack) -> dict[str, float]:
    """Some seconds in which nothing happens."""
    costs = Costs(stack)
    await asyncio.sleep(QUIET_S)
    return costs.end()


def delays(heard: list[tuple[int, float]], stored: dict[int, float], listeners: int) -> dict[str, Any]:
    """Seconds from stored to heard, over all listeners, and what nobody or somebody did not hear."""
    waits = [at - stored[event] for event, at in heard if event in stored]
    p50, p95 = np.quantile(waits, (0.5, 0.95))
    return {
        "events": len(waits), "missed": len(stored) * listeners - len(waits), "p50_s": round(float(p50), 2),
        "p95_s": round(float(p95), 2), "max_s": round(max(waits), 2),
        "quantiles_s": [round(float(np.quantile(waits, k / 100)), 3) for k in range(101)],
    }  # fmt: skip


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """How late events came."""
    for rate, found in result["changes_per_s"].items():
        axes.plot(found["quantiles_s"], range(101), label=f"{rate} calls change a second: {found['api_cores']} cores")
    axes.axhline(95, linestyle=":", color="black")
    axes.set(xlabel="seconds from a call's row being stored to the event received", ylabel="per cent of events")
    axes.set_title(f"{result['listeners']} listeners")
    axes.legend(frameon=False)


def main(listeners: int) -> None:
    """Measure, save, draw."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), only=("clickhouse", "api"))
        stack.up()
        try:
            result = asyncio.run(measure(stack, listeners))
        finally:
            stack.down()
    save("listeners", result, draw)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else LISTENERS)
