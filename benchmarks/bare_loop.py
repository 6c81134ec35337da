"""The work itself, with nothing around it: decode, voice activity, the members, one window after another.

As many processes of it as there are cores, because a CPU second is dearer when the other core is busy too.
"""

import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.report import ROOT
from diktor.audio.decode import blocks
from diktor.audio.grid import Grid
from diktor.audio.vad import LEAST_MS, VoiceActivity
from diktor.learning.ensemble import Ensemble
from diktor.releases import load_release


class Done(NamedTuple):
    """Windows, those with speech among them, and the CPU seconds they took."""

    windows: int
    spoken: int
    cpu_s: float


class BareLoop:
    """Processes that wait for recordings; use `bare_loop`."""

    def __init__(self, processes: ProcessPoolExecutor) -> None:
        self._processes = processes

    def score(self, recordings: Iterable[Path]) -> Done:
        """All windows of these recordings, a recording a process at a time."""
        parts = list(self._processes.map(_scored, recordings))
        return Done(*(sum(part[k] for part in parts) for k in range(2)), sum(part.cpu_s for part in parts))


@contextmanager
def bare_loop(processes: int = os.cpu_count() or 1) -> Iterator[BareLoop]:
    """The loop, warm."""
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_prepare) as pool:
        list(pool.map(_warm, range(4 * processes)))
        yield BareLoop(pool)


def _prepare() -> None:
    global _ensemble, _activity
    release = load_release(ROOT / "triton_models", 1)
    _ensemble, _activity = Ensemble.of_release(ROOT / "triton_models", release), VoiceActivity()


def _warm(_: int) -> None:
    noise = np.random.default_rng(1).integers(-3000, 3000, Grid().length_ms * 8).astype(np.int16)
    _activity.speech_ms(noise)
    _ensemble.score(noise)


def _scored(path: Path) -> Done:
    started, windows, spoken, grid = time.process_time(), 0, 0, Grid()
    for row in np.concatenate(list(blocks(path)), axis=1):
        for window in grid.windows(-(-len(row) // 8)):
            piece = np.zeros(grid.length_ms * 8, np.int16)
            part = row[window.start_ms * 8 : window.end_ms * 8]
            piece[: len(part)] = part
            if _activity.speech_ms(piece) >= LEAST_MS:
                _ensemble.score(piece)
                spoken += 1
            windows += 1
    return Done(windows, spoken, time.process_time() - started)
