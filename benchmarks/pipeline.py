"""The whole pipeline against a bare loop doing the same work, in turns on the same cores; memory of the serving parts.

Both take the sample calls, a few at a time. The loop decodes, finds speech and runs the members; the pipeline does it
through ingest, Kafka, the scorer, Triton and ClickHouse, and every process's CPU is counted, the uploads' too. CPU by
part is over the whole run, with what the parts do while the loop has its turn.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from matplotlib.axes import Axes

from benchmarks.bare import BareLoop, Heard
from benchmarks.calls import CALLS, GRID, Passage, through_stack
from benchmarks.processor import by_part
from benchmarks.report import save
from deploy.embedded.stack import Stack

TURNS = 4
"""Loop and pipeline take turns, each beginning every other one."""

GOAL = 0.90


def pss_mb(stack: Stack) -> float:
    """MB of all serving parts: everything but the broker."""
    broker = next(state.pid for state in stack.supervisor.states() if state.name == "broker")
    serving = [process for process in stack.supervisor.processes() if process.pid != broker]
    return sum(process.memory_full_info().pss for process in serving) / 1e6


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """CPU seconds per 100 windows: the loop's, and the pipeline's by part."""
    per = 100 / result["windows"]
    loop = result["cpu_s"]["loop"] * per
    axes.barh("bare loop", loop, color="#8a8a8a")
    at = 0.0
    for part, seconds in sorted(result["cpu_s_by_part"].items(), key=lambda item: -item[1]):
        axes.barh("pipeline", seconds * per, left=at, label=f"{part} {seconds * per:.1f}")
        at += seconds * per
    axes.axvline(loop / GOAL, linestyle=":", color="black")
    axes.text(loop / GOAL, 0.5, f" goal {GOAL:.2f}", va="center")
    axes.set_xlabel("CPU seconds per 100 windows, all processes")
    axes.set_title(f"pipeline to bare loop: {result['pipeline_to_bare_loop']:.3f} (median of {TURNS} turns)")
    axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1.1))


def main() -> None:
    """Measure both in turns, save, draw."""
    loops, passages = list[Heard](), list[Passage]()
    memory = 0.0
    with tempfile.TemporaryDirectory() as folder, BareLoop(psutil.cpu_count() or 1) as loop:
        stack = Stack(Path(folder))
        stack.up()
        try:
            before = by_part(stack)
            for turn in range(TURNS):
                for way in ("loop", "pipeline") if turn % 2 else ("pipeline", "loop"):
                    if way == "loop":
                        loops.append(loop.hear(CALLS[turn::TURNS]))
                    else:
                        passages.append(through_stack(stack, CALLS[turn::TURNS]))
                        memory = max(memory, pss_mb(stack))
            parts = by_part(stack)
        finally:
            stack.down()
    parts.subtract(before)
    assert [one.windows for one in loops] == [one.windows for one in passages], (loops, passages)
    windows = sum(one.windows for one in passages)
    costs = {"loop": sum(one.cpu_s for one in loops), "pipeline": sum(one.spent.cpu_s for one in passages)}
    ratios = [one.cpu_s / passage.spent.cpu_s for one, passage in zip(loops, passages, strict=True)]
    result = {
        "windows": windows,
        "windows_with_speech": sum(one.spoken for one in loops),
        "cpu_s": {name: round(cost, 2) for name, cost in costs.items()},
        "cpu_s_by_part": {part: round(cost, 2) for part, cost in parts.items()},
        "window_s_per_cpu_s": {name: round(GRID.length_ms / 1000 * windows / cost, 2) for name, cost in costs.items()},
        "pipeline_to_bare_loop": round(float(np.median(ratios)), 3),
        "by_turn": [round(ratio, 3) for ratio in ratios],
        "wall_s": round(sum(one.spent.wall_s for one in passages), 1),
        "serving_parts_pss_mb": round(memory),
    }
    save("pipeline", result, draw)


if __name__ == "__main__":
    main()
