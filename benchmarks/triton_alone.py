"""Triton alone against a bare loop over the same members, with 1 to 16 clients: windows per CPU second.

Both score the release's golden windows one at a time, in turns of a few seconds, so that what else the host does falls on
both. An ensemble runs its two members at the same time: already one client keeps nearly two cores busy. CPU seconds are
dearer then, for Triton as for anything, so the ratio that tells what Triton itself costs is the one against two loops
side by side; the ratio against a single loop, which has the caches to itself, is given beside it.

`python -m benchmarks.triton_alone [ROUNDS]`
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from benchmarks.bare import REPOSITORY, BareLoop
from benchmarks.processor import Spent, spent
from benchmarks.report import save
from deploy.embedded.stack import Stack
from diktor.releases import Release, load_release
from diktor.scoring.triton import Triton

CLIENTS = (1, 2, 4, 8, 16)
WINDOWS, ROUNDS, GOAL = 32, 3, 0.95


def golden_windows(release: Release, count: int) -> list[NDArray[np.int16]]:
    """So many windows, (40000,) int16: the golden ones with speech in turn."""
    golden = np.load(REPOSITORY / release.ensemble / "golden.npz")["pcm"][:4]
    return [golden[number % len(golden)] for number in range(count)]


async def serve(stack: Stack, release: Release, windows: Sequence[NDArray[np.int16]], clients: int) -> Spent:
    """What tritonserver and its stubs spend on the windows, with so many requests under way at once."""
    async with Triton(stack.settings.triton) as triton:

        async def client(mine: Sequence[NDArray[np.int16]]) -> None:
            for pcm in mine:
                await triton.score(release, pcm)

        with spent(stack.supervisor.processes) as result:
            await asyncio.gather(*(client(windows[k::clients]) for k in range(clients)))
    return result


def main(rounds: int) -> None:
    """Measure, save, draw."""
    release = load_release(REPOSITORY, 1)
    windows = golden_windows(release, WINDOWS)
    loops: dict[int, list[float]] = {1: [], 2: []}
    served: dict[int, list[Spent]] = {clients: [] for clients in CLIENTS}
    with tempfile.TemporaryDirectory() as folder, BareLoop(2) as loop:
        stack = Stack(Path(folder), only=("triton",))
        stack.up()
        try:
            for _ in range(rounds):
                for clients in CLIENTS:
                    for processes, rates in loops.items():
                        rates.append(loop.rate(windows[: WINDOWS // 4], processes))
                    served[clients].append(asyncio.run(serve(stack, release, windows, clients)))
        finally:
            stack.down()
    save("triton_alone", figures(loops, served), draw)


def figures(loops: dict[int, list[float]], served: dict[int, list[Spent]]) -> dict[str, Any]:
    """Medians, and the ratios of medians."""
    bare = {processes: float(np.median(rates)) for processes, rates in loops.items()}
    rate = {clients: float(np.median([WINDOWS / run.cpu_s for run in runs])) for clients, runs in served.items()}
    return {
        "windows_per_cpu_s": {
            **{f"bare loop, {n} process{'es' * (n > 1)}": round(value, 2) for n, value in bare.items()},
            **{f"Triton, {n} client{'s' * (n > 1)}": round(value, 2) for n, value in rate.items()},
        },
        "to_two_loops": {n: round(value / bare[2], 3) for n, value in rate.items()},
        "to_one_loop": {n: round(value / bare[1], 3) for n, value in rate.items()},
        "windows_per_s": {n: round(float(np.median([WINDOWS / run.wall_s for run in r])), 1) for n, r in served.items()},
        "busy_cores": {n: round(float(np.median([run.busy_cores for run in r])), 2) for n, r in served.items()},
        "spread": {
            "one loop": [round(float(value), 2) for value in np.quantile(loops[1], (0, 1))],
            "two loops": [round(float(value), 2) for value in np.quantile(loops[2], (0, 1))],
        },
    }


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """Both ratios over clients, and the goal."""
    places = range(len(CLIENTS))
    axes.plot(places, [result["to_two_loops"][n] for n in CLIENTS], "o-", label="two loops, as Triton keeps two cores busy")
    axes.plot(places, [result["to_one_loop"][n] for n in CLIENTS], "o--", color="0.6", label="one loop, alone")
    axes.axhline(GOAL, color="0.8", linewidth=1)
    axes.annotate(f"goal {GOAL}", (0, GOAL), xytext=(0, 3), textcoords="offset points", color="0.4")
    axes.set_xticks(places, [str(n) for n in CLIENTS])
    axes.set_ylim(0, 1.2)
    axes.set(xlabel="clients at once", ylabel="windows per CPU second,\nTriton to the bare loop")
    axes.legend(loc="lower right", frameon=False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
