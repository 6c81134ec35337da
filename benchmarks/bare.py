"""The bare loop: the work itself in a process that does nothing else, one window after another.

Two cores that work at once share caches and memory bandwidth, and a CPU second buys less on each. What keeps two cores
busy is therefore compared with two such processes side by side.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from benchmarks.calls import windows_of
from benchmarks.report import ROOT
from diktor.audio.vad import LEAST_MS, VoiceActivity
from diktor.learning.ensemble import Ensemble
from diktor.releases import load_release

REPOSITORY = ROOT / "triton_models"

_ensemble: Ensemble
_activity: VoiceActivity
"""Of the process that `_load` ran in."""


class Heard(NamedTuple):
    """Windows of recordings, those with speech among them, and the CPU seconds that hearing them took."""

    windows: int
    spoken: int
    cpu_s: float


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

    def hear(self, paths: Sequence[Path]) -> Heard:
        """Decode recordings, find speech, score what holds some; who is done with one takes the next."""
        left = iter(paths)

        def work(pool: ProcessPoolExecutor) -> list[Heard]:
            return [pool.submit(_heard, path).result() for path in left]

        with ThreadPoolExecutor(len(self._pools)) as threads:
            done = [one for found in threads.map(work, self._pools) for one in found]
        return Heard(sum(one.windows for one in done), sum(one.spoken for one in done), sum(one.cpu_s for one in done))


def _load() -> None:
    global _ensemble, _activity
    _ensemble, _activity = Ensemble.of_release(REPOSITORY, load_release(REPOSITORY, 1)), VoiceActivity()


def _heard(path: Path) -> Heard:
    started, windows, spoken = time.process_time(), 0, 0
    for pcm in windows_of(path):
        if _activity.speech_ms(pcm) >= LEAST_MS:
            _ensemble.score(pcm)
            spoken += 1
        windows += 1
    return Heard(windows, spoken, time.process_time() - started)


def _cpu_s(windows: Sequence[NDArray[np.int16]]) -> float:
    started = time.process_time()
    for pcm in windows:
        _ensemble.score(pcm)
    return time.process_time() - started
