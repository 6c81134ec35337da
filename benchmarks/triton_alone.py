"""Triton alone against a bare loop over the same members, with 1 to 16 clients, interleaved: windows per CPU second.

Both score the release's golden windows one at a time. Ratios, as JSON on the last line.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from deploy.embedded.stack import Stack
from diktor.learning.ensemble import Ensemble
from diktor.releases import Release, load_release
from diktor.scoring.triton import Triton

ROOT = Path(__file__).resolve().parents[1]
CLIENTS = (1, 2, 4, 8, 16)
WINDOWS, ROUNDS = 48, 2


def bare(ensemble: Ensemble, windows: list[NDArray[np.int16]]) -> float:
    """Windows per CPU second in this process."""
    started = time.process_time()
    for pcm in windows:
        ensemble.score(pcm)
    return len(windows) / (time.process_time() - started)


def cpu(stack: Stack) -> float:
    """CPU seconds of tritonserver and its stubs."""
    times = [process.cpu_times() for process in stack.supervisor.processes()]
    return sum(t.user + t.system for t in times)


async def served(stack: Stack, release: Release, windows: list[NDArray[np.int16]], clients: int) -> tuple[float, float]:
    """Windows per CPU second and per second, with so many requests under way at once."""
    slots, before, started = asyncio.Semaphore(clients), cpu(stack), time.monotonic()
    async with Triton(stack.settings.triton) as triton:

        async def one(pcm: NDArray[np.int16]) -> None:
            async with slots:
                await triton.score(release, pcm)

        await asyncio.gather(*map(one, windows))
    return len(windows) / (cpu(stack) - before), len(windows) / (time.monotonic() - started)


def main() -> None:
    """Measure and print."""
    release = load_release(ROOT / "triton_models", 1)
    ensemble = Ensemble.of_release(ROOT / "triton_models", release)
    golden = np.load(ROOT / "triton_models" / release.ensemble / "golden.npz")["pcm"][:4]
    windows = [golden[number % len(golden)] for number in range(WINDOWS)]
    loops, found = [], {clients: [] for clients in CLIENTS}
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), only=("triton",))
        stack.up()
        try:
            bare(ensemble, windows[:8])
            for _ in range(ROUNDS):
                for clients in CLIENTS:
                    loops.append(bare(ensemble, windows))
                    found[clients].append(asyncio.run(served(stack, release, windows, clients)))
        finally:
            stack.down()
    loop = float(np.median(loops))
    result = {
        "bare_loop_windows_per_cpu_s": round(loop, 2),
        "triton_to_bare_loop": {
            n: round(float(np.median([c for c, _ in pairs])) / loop, 3) for n, pairs in found.items()
        },
        "triton_windows_per_s": {n: round(float(np.median([w for _, w in pairs])), 1) for n, pairs in found.items()},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
