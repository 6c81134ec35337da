"""The two stages of a run: everything before training, then both members side by side, a process each."""

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from random import Random

import numpy as np
from numpy.typing import NDArray

from diktor.errors import DiktorError
from diktor.learning.corpus.clips import load_clips
from diktor.learning.model import MemberSpec, build
from diktor.learning.run import Run, body_state, revision, save
from diktor.learning.states import keep
from diktor.learning.training import Progress, Stage, steps_for, train_member, training_windows
from diktor.learning.whisper_weights import encoder_weights
from diktor.learning.windows import plan, samples
from diktor.scoring.combine import normalise

CALIBRATION_WINDOWS = 72
"""Training windows from which the front-end's least squares are taken."""


def start(run: Run, specs: Sequence[MemberSpec], seed: int) -> None:
    """The members before training: Whisper's layers under a front-end calibrated on training speech."""
    if run.start.exists():
        return
    deepest = max(specs, key=lambda spec: spec.layers)
    run.folder.mkdir(parents=True, exist_ok=True)
    run.revision.write_text(revision())
    save(run.start, body_state(build(deepest, encoder_weights(), calibration_windows(run.corpus, seed))))


def calibration_windows(corpus: Path, seed: int, split: str = "train") -> NDArray[np.float32]:
    """Some normalised windows of a split: (B, 40000)."""
    windows = plan([clip for clip in load_clips(corpus) if clip.split == split], seed)
    chosen = Random(seed).sample(windows, min(CALIBRATION_WINDOWS, len(windows)))
    return normalise(np.stack([samples(corpus, window) for window in chosen]))


def keep_states(run: Run, specs: Sequence[MemberSpec], advance: Callable[[int, int], None]) -> Path:
    """The frozen layers' states of all training windows; returns their folder."""
    return keep(run, specs, training_windows(run), advance)


def train(
    run: Run,
    specs: Sequence[MemberSpec],
    stage: Stage,
    minutes: float,
    states: Path,
    tell: Callable[[str, Progress], None],
) -> None:
    """All members through one stage at once.

    Raises:
        DiktorError: a member's process failed; what it had reached is kept and the next run goes on from there.
    """
    context = multiprocessing.get_context("spawn")
    queue: Queue[tuple[str, Progress]] = context.Queue()
    workers = {
        spec.name: context.Process(
            target=_member, args=(run, spec, stage, steps_for(spec, minutes), states, queue), daemon=True
        )
        for spec in specs
    }
    for worker in workers.values():
        worker.start()
    while any(worker.is_alive() for worker in workers.values()) or not queue.empty():
        try:
            tell(*queue.get(timeout=0.5))
        except Empty:
            continue
    failed = [name for name, worker in workers.items() if worker.exitcode != 0]
    if failed:
        raise DiktorError(f"training of {', '.join(failed)} failed", "Run the same command again: it goes on")


def _member(
    run: Run, spec: MemberSpec, stage: Stage, steps: int, states: Path, queue: "Queue[tuple[str, Progress]]"
) -> None:
    train_member(run, spec, stage, steps, states, lambda progress: queue.put((spec.name, progress)))
    queue.close()
    queue.join_thread()
