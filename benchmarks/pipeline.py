"""The whole pipeline against a bare loop doing the same work, on the same cores; memory of the serving parts.

Both take the sample calls. The loop decodes, finds speech and runs the members in one process; the pipeline does it
through Kafka, the scorer, Triton and ClickHouse, and every process's CPU is counted. Ratios, as JSON on the last line.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from deploy.embedded.stack import Stack
from diktor.audio.decode import blocks
from diktor.audio.grid import Grid
from diktor.audio.vad import LEAST_MS, VoiceActivity
from diktor.learning.ensemble import Ensemble
from diktor.releases import load_release
from diktor.store.client import Store
from diktor.store.connection import connect

ROOT = Path(__file__).resolve().parents[1]
CALLS = sorted((ROOT / "assets" / "calls").glob("call-*"))


def bare_loop() -> tuple[int, float]:
    """(windows, CPU seconds) of the work itself."""
    release = load_release(ROOT / "triton_models", 1)
    ensemble, activity, grid = Ensemble.of_release(ROOT / "triton_models", release), VoiceActivity(), Grid()
    started, windows = time.process_time(), 0
    for path in CALLS:
        pcm = np.concatenate(list(blocks(path)), axis=1)
        for row in pcm:
            for window in grid.windows(-(-len(row) // 8)):
                piece = np.zeros(grid.length_ms * 8, np.int16)
                part = row[window.start_ms * 8 : window.end_ms * 8]
                piece[: len(part)] = part
                if activity.speech_ms(piece) >= LEAST_MS:
                    ensemble.score(piece)
                windows += 1
    return windows, time.process_time() - started


def pipeline(home: Path) -> dict[str, Any]:
    """The same calls through the stack."""
    stack = Stack(home)
    stack.up()
    try:
        before, started = cpu(stack), time.monotonic()
        command = [sys.executable, "-m", "diktor", "submit", *map(str, CALLS), "--json"]
        env = {**os.environ, "DIKTOR_HOME": str(home)}
        lines = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True, text=True).stdout
        call_ids, memory = [json.loads(line)["call_id"] for line in lines.splitlines()], 0.0
        while (windows := asyncio.run(scored(stack, call_ids))) == 0:
            memory = max(memory, pss(stack))
            time.sleep(2)
        wall_s, after = time.monotonic() - started, cpu(stack)
        used = {part: after[part] - before[part] for part in after}
        return {
            "windows": windows,
            "scored": asyncio.run(with_speech(stack)),
            "cpu_s": used,
            "wall_s": wall_s,
            "pss_mb": memory,
        }
    finally:
        stack.down()


def cpu(stack: Stack) -> dict[str, float]:
    """CPU seconds of every part, its children's too."""
    found = {}
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
    """Visible windows once every call is finished, else 0."""
    store = await Store.open(stack.settings)
    try:
        rows = await store.calls(call_ids)
        done = len(rows) == len(set(call_ids)) and all(row.status == "scored" for row in rows.values())
        return (await store.counts(call_ids)).visible if done else 0
    finally:
        await store.close()


async def with_speech(stack: Stack) -> int:
    """Windows that were scored; the others hold no speech."""
    client = await connect(stack.settings)
    try:
        return int(
            (await client.query("SELECT count() FROM windows FINAL WHERE notEmpty(probability)")).result_rows[0][0]
        )
    finally:
        await client.close()


def main() -> None:
    """Measure both and print."""
    windows, loop_cpu = bare_loop()
    with tempfile.TemporaryDirectory() as folder:
        found = pipeline(Path(folder))
    assert found["windows"] == windows, (found, windows)
    pipeline_cpu = sum(found["cpu_s"].values())
    result = {
        "windows": windows,
        "windows_with_speech": found["scored"],
        "cpu_s_by_part": {part: round(seconds, 2) for part, seconds in found["cpu_s"].items()},
        "bare_loop_window_s_per_cpu_s": round(5 * windows / loop_cpu, 1),
        "pipeline_window_s_per_cpu_s": round(5 * windows / pipeline_cpu, 1),
        "pipeline_to_bare_loop": round(loop_cpu / pipeline_cpu, 3),
        "wall_s": round(found["wall_s"], 1),
        "serving_parts_pss_mb": round(found["pss_mb"]),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
