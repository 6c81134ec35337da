"""One scorer and two on the same cores: adding a worker must lose no throughput.

The sample calls go through the whole stack, eight partitions, with one scorer and with two in turn, each time into a
fresh data folder so that every recording is new. A round takes half of the calls.

`python -m benchmarks.workers [ROUNDS]`
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from benchmarks.calls import CALLS, Passage, through_stack
from benchmarks.report import save
from deploy.embedded.stack import Stack

ROUNDS, WORKERS = 2, (1, 2)


def score(paths: tuple[Path, ...], scorers: int) -> Passage:
    """These calls through a stack of their own."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), scorers)
        stack.up()
        try:
            return through_stack(stack, paths)
        finally:
            stack.down()


def main(rounds: int) -> None:
    """Measure, save, draw."""
    found: dict[int, list[Passage]] = {workers: [] for workers in WORKERS}
    for number in range(rounds):
        order = WORKERS if number % 2 == 0 else WORKERS[::-1]
        for workers in order:
            found[workers].append(score(CALLS[number % 2 :: 2], workers))
    assert len({sum(passage.windows for passage in passages) for passages in found.values()}) == 1, found
    save("workers", figures(found), draw)


def figures(found: dict[int, list[Passage]]) -> dict[str, Any]:
    """Window-seconds per second and per CPU second, round by round; ratios of two workers to one."""
    per_s = {workers: [p.window_s_per_s for p in passages] for workers, passages in found.items()}
    per_cpu_s = {workers: [p.window_s_per_cpu_s for p in passages] for workers, passages in found.items()}
    return {
        "windows_each": sum(passage.windows for passage in found[1]),
        "window_s_per_s": {workers: [round(value, 1) for value in values] for workers, values in per_s.items()},
        "window_s_per_cpu_s": {workers: [round(value, 1) for value in values] for workers, values in per_cpu_s.items()},
        "two_to_one_per_s": round(float(np.sum(per_s[2]) / np.sum(per_s[1])), 3),
        "two_to_one_per_cpu_s": round(float(np.sum(per_cpu_s[2]) / np.sum(per_cpu_s[1])), 3),
    }


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """A dot a round, a bar for their mean."""
    for place, (name, label) in enumerate((("window_s_per_s", "per second"), ("window_s_per_cpu_s", "per CPU second"))):
        for workers in WORKERS:
            values, x = result[name][workers], place + 0.35 * (workers - 1.5)
            axes.bar(x, np.mean(values), 0.3, color=f"C{workers - 1}", label="" if place else f"{workers} scorer(s)")
            axes.plot([x] * len(values), values, "o", color="0.2", markersize=3)
        axes.text(place, 0, f"window-seconds {label}", ha="center", va="top")
    axes.set_xticks([])
    axes.set_ylabel("window-seconds")
    axes.legend(frameon=False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
