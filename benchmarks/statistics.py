"""Statistics over ten million windows on the embedded engine: each query's time, alone and beside live inserts.

Queries come one at a time in random order with random periods, teams and defects; a time is what a caller waits. Then
what they cost others: how long live inserts wait, and how much two busy processes (the members' stand-ins) still do,
with one thread a query and with two.
"""

import asyncio
import multiprocessing
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from itertools import count
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import click
import numpy as np
from matplotlib.axes import Axes

from benchmarks import statistics_rows as made
from benchmarks.report import save
from deploy.embedded.stack import Stack
from diktor.defects import NAMES
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.store.connection import connect
from diktor.store.selection import Selection
from diktor.store.statistics import Statistics

GOAL_MS = 300
RATE = 50
"""Windows written a second: a hundred calls of two channels at once."""

ZONE = "Europe/Moscow"
DIRECT = """SELECT release, toDate(scored_at) AS day, count(), avgIf(probability[1], speech_ms > 0) FROM windows FINAL
GROUP BY release, day SETTINGS max_threads = {threads}"""
"""Drift as it would be asked of the windows themselves."""

Question = Callable[[Statistics, random.Random], Awaitable[object]]


def selection(dice: random.Random) -> Selection:
    """A week to a year, everybody or some teams."""
    days = dice.choice((7, 30, 90, 365))
    until = made.UNTIL - timedelta(days=dice.randrange(made.DAYS - days + 1))
    some = tuple(f"team-{number:02}" for number in dice.sample(range(made.TEAMS), dice.choice((1, 5))))
    return Selection(since=until - timedelta(days=days), until=until, teams=dice.choice((None, some)))


QUESTIONS: dict[str, Question] = {
    "totals": lambda ask, dice: ask.totals(selection(dice)),
    "operators": lambda ask, dice: ask.groups(selection(dice), "operator"),
    "teams": lambda ask, dice: ask.groups(selection(dice), "team"),
    "ranking": lambda ask, dice: ask.ranking(
        selection(dice), "operator", dice.choice(("likely", "risk", "talk")), dice.choice(NAMES), offset=50
    ),
    "by hour": lambda ask, dice: ask.over_time(selection(dice), "hour", ZONE),
    "by day": lambda ask, dice: ask.over_time(selection(dice), "day", ZONE),
    "by week": lambda ask, dice: ask.over_time(selection(dice), "week", ZONE),
    "distribution": lambda ask, dice: ask.distribution(selection(dice), dice.choice((10, 20, 50))),
    "drift": lambda ask, dice: ask.drift(selection(dice), "day", ZONE),
    "reviewed": lambda ask, dice: ask.reviewed(selection(dice), dice.choice(("operator", "team", "release"))),
}


async def asked(settings: Settings, threads: int, rounds: int, pause_s: float = 0.0) -> dict[str, list[float]]:
    """Milliseconds of every query, `rounds` of each."""
    dice = random.Random(threads)
    order = list(QUESTIONS) * rounds
    dice.shuffle(order)
    ask = await Statistics.open(settings.model_copy(update={"statistics_threads": threads}))
    found: dict[str, list[float]] = {name: [] for name in QUESTIONS}
    try:
        for name in QUESTIONS:
            await QUESTIONS[name](ask, dice)
        for name in order:
            started = time.perf_counter()
            await QUESTIONS[name](ask, dice)
            found[name].append(1000 * (time.perf_counter() - started))
            await asyncio.sleep(pause_s)
    finally:
        await ask.close()
    return found


@asynccontextmanager
async def writing(settings: Settings) -> Any:
    """Live windows and their calls, as a scorer writes them; gives the milliseconds of each insert of windows."""
    store, waits = await Store.open(settings), []

    async def write() -> None:
        batch, dice, started = RATE // 5, np.random.default_rng(1), time.monotonic()
        for number in count():
            await asyncio.sleep(max(0.0, started + number / 5 - time.monotonic()))
            nth, part = divmod(number, 2 * made.WINDOWS // batch)
            row = made.call(10**9 + nth, 10**9, dice)
            if part == 0:
                await store.insert_calls([made.opened(row)])
            before = time.perf_counter()
            await store.insert_windows(made.windows(row.call_id, part * batch, batch))
            waits.append(1000 * (time.perf_counter() - before))
            if part == 2 * made.WINDOWS // batch - 1:
                await store.insert_calls([row])

    task = asyncio.create_task(write())
    try:
        yield waits
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await store.close()


@contextmanager
def busy() -> Iterator[Callable[[], int]]:
    """Two processes that calculate; how much they have done."""
    done = [multiprocessing.Value("Q", 0) for _ in range(2)]
    workers = [multiprocessing.Process(target=_calculate, args=(value,), daemon=True) for value in done]
    for worker in workers:
        worker.start()
    try:
        yield lambda: sum(value.value for value in done)
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _calculate(done: "Synchronized[int]") -> None:
    while True:
        sum(range(20_000))
        done.value += 1


async def cost(settings: Settings, threads: int, rounds: int = 2) -> dict[str, float]:
    """What a query a second does to inserts and to two busy processes; no threads: no queries."""
    with busy() as amount:
        async with writing(settings) as waits:
            await asyncio.sleep(3)
            waits.clear()
            before, started = amount(), time.monotonic()
            if threads:
                await asked(settings, threads, rounds, pause_s=1)
            else:
                await asyncio.sleep(rounds * len(QUESTIONS))
            work = (amount() - before) / (time.monotonic() - started)
            return {**quantiles(waits), "work_per_s": round(work)}


def quantiles(times: list[float]) -> dict[str, float]:
    """p50, p95 and the largest, in ms."""
    p50, p95 = np.quantile(times, (0.5, 0.95))
    return {"p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1), "max_ms": round(max(times), 1)}


def summary(found: dict[str, list[float]]) -> dict[str, Any]:
    """Every query's quantiles, and all of them together."""
    every = [value for times in found.values() for value in times]
    return {"all": quantiles(every), **{name: quantiles(times) for name, times in found.items()}}


async def measure(settings: Settings, calls: int, rounds: int) -> dict[str, Any]:
    """Fill the store, ask, write beside it."""
    client, store = await connect(settings), await Store.open(settings)
    try:
        started = time.monotonic()
        await made.fill(client, store, calls)
        result: dict[str, Any] = {"calls": calls, "fill_s": round(time.monotonic() - started)}
        await settled(client)
        result["windows"] = (await client.query("SELECT count() FROM windows")).result_rows[0][0]
        sizes = await client.query("SELECT table, sum(bytes_on_disk) FROM system.parts WHERE active GROUP BY table")
        result["bytes"] = dict(sizes.result_rows)
        result["windows_directly_ms"] = {
            threads: [await _timed(client, DIRECT.format(threads=threads)) for _ in range(3)] for threads in (1, 2)
        }
    finally:
        await store.close()
        await client.close()
    result["alone"] = {threads: summary(await asked(settings, threads, rounds)) for threads in (1, 2)}
    result["beside_inserts"], result["inserts"] = {}, {}
    for threads in (0, 1, 2):
        async with writing(settings) as waits:
            if threads:
                result["beside_inserts"][threads] = summary(await asked(settings, threads, rounds))
            else:
                await asyncio.sleep(15)
            result["inserts"][threads] = quantiles(waits)
    result["a_query_a_second"] = {threads: await cost(settings, threads) for threads in (0, 1, 2)}
    return result


async def _timed(client: Any, query: str) -> float:
    started = time.perf_counter()
    await client.query(query)
    return round(1000 * (time.perf_counter() - started))


async def settled(client: Any, seconds: float = 60) -> None:
    """Until the engine has merged what it means to merge."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await asyncio.sleep(2)
        if not (await client.query("SELECT count() FROM system.merges")).result_rows[0][0]:
            return


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """p95 of every query, alone and beside inserts, against the goal."""
    names = ["all", *QUESTIONS]
    places = np.arange(len(names))
    for offset, key, label in ((-0.2, "alone", "alone"), (0.2, "beside_inserts", f"beside {RATE} windows/s")):
        axes.barh(places + offset, [result[key][1][name]["p95_ms"] for name in names], 0.4, label=label)
    axes.axvline(GOAL_MS, color="black", linewidth=0.8, linestyle="--", label="goal")
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlabel(f"p95, ms ({result['windows'] / 1e6:.1f}M windows, one thread a query)")
    axes.legend(frameon=False)


@click.command()
@click.option("--calls", default=75_000, show_default=True, help="Calls of two channels, 134 windows each.")
@click.option("--rounds", default=30, show_default=True, help="Times that each query is asked.")
def main(calls: int, rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), only=("clickhouse",))
        stack.up()
        try:
            result = asyncio.run(measure(stack.settings, calls, rounds))
        finally:
            stack.down()
    save("statistics", result, draw)


if __name__ == "__main__":
    main()
