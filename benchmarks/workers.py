"""One scorer and two on the same cores: adding a worker must lose no throughput.

Two stacks are up, eight partitions each, one with one scorer and one with two. They take the same sample calls in
turns, a few at a time, so that what else the host does falls on both; every recording is new to both. Only the
watchdogs are left out: the idle stack's would score golden windows on the other one's time.

`python -m benchmarks.workers`
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from benchmarks.calls import CALLS, Passage, through_stack
from benchmarks.report import save
from deploy.embedded.stack import Stack

WORKERS, TURNS = (1, 2), 4
LABELS = {1: "1 scorer", 2: "2 scorers"}
PARTS = ("broker", "clickhouse", "triton", "scorer", "ingest")


def main() -> None:
    """Measure, save, draw."""
    found: dict[int, list[Passage]] = {workers: [] for workers in WORKERS}
    with ExitStack() as ends:
        stacks = {}
        for workers in WORKERS:
            stacks[workers] = Stack(Path(ends.enter_context(tempfile.TemporaryDirectory())), workers, PARTS)
            stacks[workers].up()
            ends.callback(stacks[workers].down)
        for turn in range(TURNS):
            for workers in WORKERS if turn % 2 == 0 else WORKERS[::-1]:
                found[workers].append(through_stack(stacks[workers], CALLS[turn::TURNS]))
    assert len({sum(passage.windows for passage in passages) for passages in found.values()}) == 1, found
    save("workers", figures(found), draw)


def figures(found: dict[int, list[Passage]]) -> dict[str, Any]:
    """Window-seconds per second and per CPU second, turn by turn; medians of the ratios of two scorers to one."""
    per_s = {workers: [p.window_s_per_s for p in passages] for workers, passages in found.items()}
    per_cpu_s = {workers: [p.window_s_per_cpu_s for p in passages] for workers, passages in found.items()}
    return {
        "windows_each": sum(passage.windows for passage in found[1]),
        "window_s_per_s": {workers: [round(value, 1) for value in values] for workers, values in per_s.items()},
        "window_s_per_cpu_s": {workers: [round(value, 1) for value in values] for workers, values in per_cpu_s.items()},
        "two_to_one_per_s": _ratio(per_s),
        "two_to_one_per_cpu_s": _ratio(per_cpu_s),
    }


def _ratio(rates: dict[int, list[float]]) -> float:
    return round(float(np.median(np.divide(rates[2], rates[1]))), 3)


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """A dot a turn, a bar for their mean."""
    for place, name in enumerate(("window_s_per_s", "window_s_per_cpu_s")):
        for workers in WORKERS:
            values, x = result[name][workers], place + 0.35 * (workers - 1.5)
            axes.bar(x, np.mean(values), 0.3, color=f"C{workers - 1}", label="" if place else LABELS[workers])
            axes.plot([x] * len(values), values, "o", color="0.2", markersize=3)
    axes.set_xticks((0, 1), ("per second", "per CPU second"))
    axes.set_ylabel("window-seconds")
    axes.legend(frameon=False)


if __name__ == "__main__":
    main()
