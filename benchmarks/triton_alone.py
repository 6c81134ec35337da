"""Triton alone against a bare loop over the same members, with 1 to 16 clients: windows per CPU second.

Both score the release's golden windows one at a time, in turns of a few seconds, and each stretch of Triton is
compared with the loops just before and after it: what a shared host gives for a CPU second changes within seconds.

An ensemble runs its two members at the same time, so that even one client keeps nearly two cores busy. CPU seconds buy
less then, of Triton as of anything, because the cores share caches and memory bandwidth. The ratio that says what
Triton itself costs is therefore the one to two loops side by side; that to a single loop, which has it all to itself,
is given beside it.

`python -m benchmarks.triton_alone [ROUNDS]`
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

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
ROUNDS, GOAL = 6, 0.95
SERVED, LOOPED = 32, 8
"""Windows in a stretch of Triton's, and of each loop's."""


class Turn(NamedTuple):
    """A stretch of Triton's; windows per CPU second of one loop in its round, of two right before and after it."""

    served: Spent
    one: float
    two: float

    @property
    def rate(self) -> float:
        """Windows per CPU second through Triton."""
        return SERVED / self.served.cpu_s


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
    windows = golden_windows(release, SERVED)
    turns: dict[int, list[Turn]] = {clients: [] for clients in CLIENTS}
    with tempfile.TemporaryDirectory() as folder, BareLoop(2) as loop:
        stack = Stack(Path(folder), only=("triton",))
        stack.up()
        try:
            asyncio.run(serve(stack, release, windows, CLIENTS[-1]))
            for _ in range(rounds):
                one = loop.rate(windows[:LOOPED], 1)
                before = loop.rate(windows[:LOOPED], 2)
                for clients in CLIENTS:
                    served = asyncio.run(serve(stack, release, windows, clients))
                    after = loop.rate(windows[:LOOPED], 2)
                    turns[clients].append(Turn(served, one, (before + after) / 2))
                    before = after
        finally:
            stack.down()
    save("triton_alone", figures(turns), draw)


def figures(turns: dict[int, list[Turn]]) -> dict[str, Any]:
    """Medians over the turns; of the ratios also the quartiles."""

    def median(values: Sequence[float], digits: int = 3) -> float:
        return round(float(np.median(values)), digits)

    every = [turn for found in turns.values() for turn in found]
    quartiles = {n: np.quantile([t.rate / t.two for t in found], (0.25, 0.75)) for n, found in turns.items()}
    return {
        "to_two_loops": {n: median([t.rate / t.two for t in found]) for n, found in turns.items()},
        "to_two_loops_quartiles": {n: [round(float(q), 3) for q in pair] for n, pair in quartiles.items()},
        "to_one_loop": {n: median([t.rate / t.one for t in found]) for n, found in turns.items()},
        "triton_windows_per_cpu_s": {n: median([t.rate for t in found], 2) for n, found in turns.items()},
        "triton_windows_per_s": {n: median([SERVED / t.served.wall_s for t in found], 1) for n, found in turns.items()},
        "triton_busy_cores": {n: median([t.served.busy_cores for t in found], 2) for n, found in turns.items()},
        "loop_windows_per_cpu_s": {
            "one": median([turn.one for turn in every], 2),
            "two": median([turn.two for turn in every], 2),
        },
        "turns_each": len(turns[CLIENTS[0]]),
    }


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """Both ratios over clients, and the goal."""
    places = range(len(CLIENTS))
    two = [result["to_two_loops"][n] for n in CLIENTS]
    low, high = np.array([result["to_two_loops_quartiles"][n] for n in CLIENTS]).T
    axes.errorbar(places, two, (two - low, high - two), fmt="o-", capsize=3, label="to two loops at once (quartiles)")
    axes.plot(places, [result["to_one_loop"][n] for n in CLIENTS], "o--", color="0.6", label="to a loop alone")
    axes.axhline(GOAL, color="0.8", linewidth=1)
    axes.annotate(f"goal {GOAL}", (0, GOAL), xytext=(0, -11), textcoords="offset points", color="0.4")
    axes.set_xticks(places, [str(n) for n in CLIENTS])
    axes.set_ylim(0, 1.2)
    axes.set(xlabel="clients at once", ylabel="windows per CPU second,\nTriton to the bare loop")
    axes.legend(loc="lower right", frameon=False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
