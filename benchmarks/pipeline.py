"""The whole pipeline against a bare loop doing the same work, in turns on the same cores; memory of the serving parts.

Both take the sample calls, a few at a time. The loop decodes, finds speech and runs the members; the pipeline does it
through ingest, Kafka, the scorer, Triton and ClickHouse, and every process's CPU is counted, also while it waits.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
from matplotlib.axes import Axes

from benchmarks.bare_loop import bare_loop
from benchmarks.report import ROOT, save
from deploy.embedded.stack import Stack
from diktor.store.client import Store

CALLS = sorted((ROOT / "assets" / "calls").glob("call-*"))
TURNS = 4
"""Loop and pipeline take turns, each beginning every other one."""

GOAL = 0.90


class Turn(NamedTuple):
    """What the pipeline did with some recordings."""

    windows: int
    cpu_s: Counter[str]
    wall_s: float
    pss_mb: float


def pipeline(stack: Stack, recordings: list[Path]) -> Turn:
    """Recordings through the stack, from the first byte sent to the last verdict stored."""
    before, started = cpu(stack), time.monotonic()
    command = [sys.executable, "-m", "diktor", "submit", *map(str, recordings), "--json"]
    env = {**os.environ, "DIKTOR_HOME": str(stack.home.path)}
    lines = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True).stdout
    call_ids, memory = [json.loads(line)["call_id"] for line in lines.splitlines()], pss(stack)
    windows = asyncio.run(scored(stack, call_ids))
    after = cpu(stack)
    after.subtract(before)
    return Turn(windows, after, time.monotonic() - started, max(memory, pss(stack)))


def cpu(stack: Stack) -> Counter[str]:
    """CPU seconds of every part, its children's too."""
    found = Counter[str]()
    for state in stack.supervisor.states():
        process = psutil.Process(state.pid)
        times = [p.cpu_times() for p in (process, *process.children(recursive=True))]
        found[state.name] = sum(t.user + t.system + t.children_user + t.children_system for t in times)
    return found


def pss(stack: Stack) -> float:
    """MB of all serving parts: everything but the broker."""
    broker = next(state.pid for state in stack.supervisor.states() if state.name == "broker")
    found = 0
    for process in stack.supervisor.processes():
        if process.pid != broker:
            try:
                found += process.memory_full_info().pss
            except psutil.Error:
                continue
    return found / 1e6


async def scored(stack: Stack, call_ids: list[str]) -> int:
    """Wait until every call is judged; how many windows of them are visible."""
    store = await Store.open(stack.settings)
    try:
        while True:
            rows = await store.calls(call_ids)
            if len(rows) == len(call_ids) and all(row.status == "scored" for row in rows.values()):
                return (await store.counts(call_ids)).visible
            await asyncio.sleep(1)
    finally:
        await store.close()


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """CPU seconds per 100 windows: the loop's, and the pipeline's by part."""
    per = 100 / result["windows"]
    loop = result["cpu_s"]["loop"] * per
    axes.barh("bare loop", loop, color="#8a8a8a")
    at = 0.0
    for part, seconds in sorted(result["cpu_s"]["pipeline"].items(), key=lambda item: -item[1]):
        axes.barh("pipeline", seconds * per, left=at, label=f"{part} {seconds * per:.1f}")
        at += seconds * per
    axes.axvline(loop / GOAL, linestyle=":", color="black")
    axes.text(loop / GOAL, 0.5, f" goal {GOAL:.2f}", va="center")
    axes.set_xlabel("CPU seconds per 100 windows, all processes")
    axes.set_title(f"pipeline to bare loop: {result['pipeline_to_bare_loop']:.3f} (median of {TURNS} turns)")
    axes.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1.1))


def main() -> None:
    """Measure both in turns and save."""
    loops, turns = [], []
    with tempfile.TemporaryDirectory() as folder, bare_loop() as loop:
        stack = Stack(Path(folder))
        stack.up()
        try:
            for turn in range(TURNS):
                some = CALLS[turn::TURNS]
                if turn % 2:
                    turns.append(pipeline(stack, some))
                    loops.append(loop.score(some))
                else:
                    loops.append(loop.score(some))
                    turns.append(pipeline(stack, some))
        finally:
            stack.down()
    assert [one.windows for one in loops] == [one.windows for one in turns], (loops, turns)
    loop_s, parts = sum(one.cpu_s for one in loops), sum((one.cpu_s for one in turns), Counter[str]())
    windows, pipeline_s = sum(one.windows for one in turns), sum(parts.values())
    ratios = [one.cpu_s / sum(turn.cpu_s.values()) for one, turn in zip(loops, turns, strict=True)]
    result = {
        "windows": windows,
        "windows_with_speech": sum(one.spoken for one in loops),
        "cpu_s": {"loop": round(loop_s, 2), "pipeline": {part: round(s, 2) for part, s in parts.items()}},
        "window_s_per_cpu_s": {"loop": round(5 * windows / loop_s, 2), "pipeline": round(5 * windows / pipeline_s, 2)},
        "pipeline_to_bare_loop": round(float(np.median(ratios)), 3),
        "by_turn": [round(ratio, 3) for ratio in ratios],
        "wall_s": round(sum(one.wall_s for one in turns), 1),
        "serving_parts_pss_mb": round(max(one.pss_mb for one in turns)),
    }
    save("pipeline", result, draw)


if __name__ == "__main__":
    main()
