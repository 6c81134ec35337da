"""What the constants of `diktor plan` and some sentences of docs/ rest on: an idle stack, an insert, a dead stub.

* Cores that each part takes while nothing is to be done.
* Milliseconds of an insert of windows into the embedded engine, at the engine and at its client, by rows.
* Seconds from a stub's death, with nothing else to do, until a window is scored again.

`python -m benchmarks.constants`
"""

import asyncio
import os
import signal
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from matplotlib.axes import Axes

from benchmarks.bare import REPOSITORY
from benchmarks.processor import by_part, cpu_s
from benchmarks.report import save
from benchmarks.triton_alone import golden_windows
from deploy.embedded.parts import STUB
from deploy.embedded.stack import Stack
from diktor.errors import DiktorError
from diktor.releases import load_release
from diktor.rows import WindowRow
from diktor.scoring.triton import Triton
from diktor.store.client import Store

IDLE_S, INSERTS, ROWS = 20.0, 60, (1, 8, 32)


def idle(stack: Stack) -> dict[str, float]:
    """Cores by part."""
    before, started = by_part(stack), time.monotonic()
    time.sleep(IDLE_S)
    used, seconds = by_part(stack), time.monotonic() - started
    used.subtract(before)
    return {part: round(cost / seconds, 4) for part, cost in used.items()}


async def inserts(stack: Stack) -> dict[int, dict[str, float]]:
    """Milliseconds of CPU of an insert, by rows."""
    pids = {state.name: state.pid for state in stack.supervisor.states()}
    processes = {"engine": psutil.Process(pids["clickhouse"]), "client": psutil.Process()}
    store, found = await Store.open(stack.settings), {}
    try:
        await store.insert_windows([window(0)])
        for rows in ROWS:
            before = {name: cpu_s([process]) for name, process in processes.items()}
            for number in range(INSERTS):
                await store.insert_windows([window(number * rows + k) for k in range(rows)])
            found[rows] = {
                name: round(1000 * (cpu_s([process]) - before[name]) / INSERTS, 1)
                for name, process in processes.items()
            }
    finally:
        await store.close()
    return found


def window(number: int) -> WindowRow:
    """A scored window of one of some calls."""
    start = 4000 * number
    scores = ((0.1, 0.2, 0.3), (1.0, 2.0), ((), (), ()))
    return WindowRow(f"constants-{number % 24}", "mixed", start, start + 5000, 3000, *scores, 1, datetime.now(UTC))


async def recovery(stack: Stack) -> float:
    """Seconds without scores after one of Triton's stubs was killed."""
    release = load_release(REPOSITORY, 1)
    stub = next(p for p in stack.supervisor.processes() if STUB in " ".join(p.cmdline()))
    os.kill(stub.pid, signal.SIGKILL)
    started = time.monotonic()
    while True:
        try:
            async with Triton(stack.settings.triton, 2.0) as triton:
                await triton.score(release, golden_windows(release, 1)[0])
            return round(time.monotonic() - started, 1)
        except DiktorError:
            await asyncio.sleep(0.2)


def draw(axes: Axes, result: dict[str, Any]) -> None:
    """The idle stack."""
    parts = sorted(result["idle_cores"].items(), key=lambda item: item[1])
    axes.barh([part for part, _ in parts], [cores for _, cores in parts])
    axes.set(xlabel="cores", title=f"an idle stack: {sum(result['idle_cores'].values()):.3f} of a core")


def main() -> None:
    """Measure, save, draw."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        stack.up()
        try:
            time.sleep(16)  # before that the watchdog lets a new tritonserver be
            result = {
                "idle_cores": idle(stack),
                "insert_cpu_ms": asyncio.run(inserts(stack)),
                "dead_stub_s": asyncio.run(recovery(stack)),
            }
        finally:
            stack.down()
    save("constants", result, draw)


if __name__ == "__main__":
    main()
