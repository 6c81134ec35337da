"""The bare loop: the release's members called one after another in a process that does nothing else.

Two cores that work at once share caches and memory bandwidth, and a CPU second buys less on each. What keeps two cores
busy is therefore compared with two such processes side by side.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import ROOT
from diktor.learning.ensemble import Ensemble
from diktor.releases import load_release

REPOSITORY = ROOT / "triton_models"

_ensemble: Ensemble
"""Of the process that `_load` ran in."""


class BareLoop:
    """Processes with the release loaded, idle until they are asked."""

    def __init__(self, processes: int) -> None:
        context = get_context("spawn")
        self._pools = [ProcessPoolExecutor(1, context, initializer=_load) for _ in range(processes)]

    def __enter__(self) -> Self:
        self.rate([np.zeros(40_000, np.int16)], 1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools:
            pool.shutdown()

    def rate(self, windows: Sequence[NDArray[np.int16]], processes: int) -> float:
        """Windows per CPU second when so many processes score all of them, (40000,) int16 each, at once."""
        runs = [pool.submit(_cpu_s, windows) for pool in self._pools[:processes]]
        return processes * len(windows) / sum(run.result() for run in runs)


def _load() -> None:
    global _ensemble
    _ensemble = Ensemble.of_release(REPOSITORY, load_release(REPOSITORY, 1))


def _cpu_s(windows: Sequence[NDArray[np.int16]]) -> float:
    started = time.process_time()
    for pcm in windows:
        _ensemble.score(pcm)
    return time.process_time() - started
