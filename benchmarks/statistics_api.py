"""Statistics through the API over ten million windows, each answer beside the same question put to the store directly.

The year of `benchmarks.statistics`, its questions and its periods. Each is asked twice in turn, of the store in this
process and over HTTP as an administrator; what the second adds is the session's look-up, the rights, JSON on both
sides. The overview, for which the store has no single question, is asked over HTTP only.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from matplotlib.axes import Axes

from benchmarks import statistics_rows as made
from benchmarks.report import save
from benchmarks.statistics import GOAL_MS, QUESTIONS, ZONE, quantiles, selection, settled
from deploy.embedded.stack import Stack
from diktor.client import AsyncClient
from diktor.defects import NAMES
from diktor.store.client import Store
from diktor.store.connection import connect
from diktor.store.selection import Selection
from diktor.store.statistics import Statistics
from diktor.wire.accounts import NewUser, Role
from services.api.accounts.first import make_user

Ask = Callable[[AsyncClient, random.Random], Awaitable[object]]


def chosen(dice: random.Random) -> dict[str, Any]:
    """The next selection, as it goes over HTTP."""
    found: Selection = selection(dice)
    return {"since": found.since, "until": found.until, **({"team": found.teams} if found.teams else {})}


ASKED: dict[str, Ask] = {
    "totals": lambda api, dice: api.stats.get_totals(**chosen(dice)),
    "operators": lambda api, dice: api.stats.list_groups("operator", **chosen(dice)),
    "teams": lambda api, dice: api.stats.list_groups("team", **chosen(dice)),
    "ranking": lambda api, dice: api.stats.list_leaderboard(
        "operator", **chosen(dice), order=dice.choice(("likely", "risk", "talk")), order_defect=dice.choice(NAMES)
    ),
    "by hour": lambda api, dice: api.stats.list_trend("hour", ZONE, **chosen(dice)),
    "by day": lambda api, dice: api.stats.list_trend("day", ZONE, **chosen(dice)),
    "by week": lambda api, dice: api.stats.list_trend("week", ZONE, **chosen(dice)),
    "distribution": lambda api, dice: api.stats.list_distribution(**chosen(dice), steps=dice.choice((10, 20, 50))),
    "drift": lambda api, dice: api.stats.list_drift("day", ZONE, **chosen(dice)),
    "reviewed": lambda api, dice: api.stats.list_reviewed(
        **chosen(dice), by=dice.choice(("operator", "team", "release"))
    ),
    "overview": lambda api, dice: api.stats.get_overview(ZONE),
}


async def measure(stack: Stack, calls: int, rounds: int) -> dict[str, Any]:
    """Fill the store, ask both ways in turns."""
    client, store = await connect(stack.settings), await Store.open(stack.settings)
    try:
        await made.fill(client, store, calls)
        await settled(client)
        windows = (await client.query("SELECT count() FROM windows")).result_rows[0][0]
    finally:
        await store.close()
        await client.close()
    password = await make_user(stack.settings, NewUser(login="bench", role=Role.admin))
    order = list(ASKED) * rounds
    random.Random(0).shuffle(order)
    took: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in ASKED}
    direct = await Statistics.open(stack.settings)
    try:
        async with AsyncClient(stack.settings.api) as api:
            await api.log_in("bench", password or "")
            for turn, name in enumerate([*ASKED, *order]):
                through = await _ms(ASKED[name](api, random.Random(turn)))
                alone = await _ms(QUESTIONS[name](direct, random.Random(turn))) if name in QUESTIONS else 0.0
                if turn >= len(ASKED):  # the first of each is for what is loaded once
                    took[name][0].append(through)
                    took[name][1].append(alone)
    finally:
        await direct.close()
    every = [pair for name in QUESTIONS for pair in zip(*took[name], strict=True)]
    added = {"all": every, **{name: list(zip(*took[name], strict=True)) for name in QUESTIONS}}
    return {
        "calls": calls,
        "windows": windows,
        "added_ms": {
            name: round(float(np.median([through - alone for through, alone in pairs])), 1)
            for name, pairs in added.items()
        },
        "api": {
            "all": quantiles([one for one, _ in every]),
            **{name: quantiles(pair[0]) for name, pair in took.items()},
        },
        "store": {
            "all": quantiles([other for _, other in every]),
            **{name: quantiles(took[name][1]) for name in QUESTIONS},
        },
    }


async def _ms(answer: Awaitable[object]) -> float:
    started = time.perf_counter()
    await answer
    return 1000 * (time.perf_counter() - started)


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """p95 of every question both ways, against the goal."""
    names = ["all", *ASKED]
    places = np.arange(len(names))
    for offset, key, label in ((-0.2, "api", "through the API"), (0.2, "store", "the store itself")):
        axes.barh(places + offset, [result[key].get(name, {"p95_ms": 0})["p95_ms"] for name in names], 0.4, label=label)
    axes.axvline(GOAL_MS, color="black", linewidth=0.8, linestyle="--", label="goal")
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlabel(f"p95, ms ({result['windows'] / 1e6:.1f}M windows)")
    axes.legend(frameon=False)


@click.command()
@click.option("--calls", default=75_000, show_default=True, help="Calls of two channels, 134 windows each.")
@click.option("--rounds", default=30, show_default=True, help="Times that each question is asked.")
def main(calls: int, rounds: int) -> None:
    """Measure, save, draw."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), only=("clickhouse", "api"))
        stack.up()
        try:
            result = asyncio.run(measure(stack, calls, rounds))
        finally:
            stack.down()
    save("statistics_api", result, draw)


if __name__ == "__main__":
    main()
