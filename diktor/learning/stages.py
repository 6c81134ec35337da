"""The two stages of a run: everything before training, then both members side by side, a process each."""

import math
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from random import Random
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from diktor.errors import DiktorError
from diktor.learning import counts, processes, starts
from diktor.learning.begun import Begun, begin
from diktor.learning.compute import CPU, Compute, check, join, leave
from diktor.learning.corpus.clips import load_clips
from diktor.learning.model import MemberSpec
from diktor.learning.run import PACKAGED, Origin, Run, body_state, canonical, origin, revision, save
from diktor.learning.states import Audible, keep, of_corpus
from diktor.learning.training import (
    Kept,
    Progress,
    Stage,
    batches,
    development_windows,
    steps_for,
    taken,
    train_member,
    training_windows,
)
from diktor.learning.windows import plan, samples
from diktor.scoring.combine import normalise

CALIBRATION_WINDOWS = 72
"""Training windows from which the front-end's least squares are taken."""


class Unlabelled(NamedTuple):
    """Recordings as a second source of stage 1: what `prepare` counted, and where the audio is."""

    counts: Path
    audio: Path


class Epochs(NamedTuple):
    """How long a stage is, in passes over the training windows instead of minutes."""

    number: int


def start(run: Run, specs: Sequence[MemberSpec], seed: int, name: str = PACKAGED) -> None:
    """The members before training, from what `name` says (`starts.find`); a Whisper's front-end is set to this corpus.

    Raises:
        DiktorError: there is no such start, or the run began from another.
    """
    name = canonical(name)
    if run.start.exists():
        known = origin(run).start
        if known != name:
            raise DiktorError(
                f"{run.folder} started from {known}, not {name}", f"Give --start {known}, or another --run"
            )
        return
    deepest = max(specs, key=lambda spec: spec.layers)
    source = starts.find(name, deepest.layers, seed)
    net = starts.built(source, deepest, calibration_windows(run.corpus, seed))
    run.folder.mkdir(parents=True, exist_ok=True)
    run.revision.write_text(revision())
    run.origin.write_bytes(msgspec.json.format(msgspec.json.encode(Origin(name, source.backbone))) + b"\n")
    starts.inherit(run, name, specs)
    save(run.start, body_state(net))


def calibration_windows(corpus: Path, seed: int, split: str = "train") -> NDArray[np.float32]:
    """Some normalised windows of a split: (B, 40000)."""
    windows = plan([clip for clip in load_clips(corpus) if clip.split == split], seed)
    chosen = Random(seed).sample(windows, min(CALIBRATION_WINDOWS, len(windows)))
    return normalise(np.stack([samples(corpus, window) for window in chosen]))


def keep_states(
    run: Run, specs: Sequence[MemberSpec], advance: Callable[[int, int], None], unlabelled: Unlabelled | None = None
) -> Kept:
    """The frozen layers' states of all windows that training hears.

    Raises:
        DiktorError: the counted recordings are not what was transcribed.
    """
    kept = Kept(keep(run, specs, of_corpus(run, training_windows(run)), advance))
    if any(spec.patience for spec in specs):
        kept = kept._replace(dev=keep(run, specs, of_corpus(run, development_windows(run)), advance))
    if unlabelled:
        found = counts.excerpts(*unlabelled, run.taxonomy)
        key = counts.digest(unlabelled.counts).encode()
        audible = Audible(found, partial(counts.samples, unlabelled.audio), key)
        kept = kept._replace(counted=keep(run, specs, audible, advance), excerpts=tuple(found))
    return kept


def train(
    run: Run,
    specs: Sequence[MemberSpec],
    stage: Stage,
    length: float | Epochs,
    kept: Kept,
    tell: Callable[[str, Progress], None],
    compute: Compute = CPU,
    unlabelled: Unlabelled | None = None,
) -> dict[str, int]:
    """All members through one stage at once; the steps that each has taken.

    `length` is a budget in minutes, or passes over the training windows.

    Raises:
        DiktorError: the stage was begun otherwise, or a member's process failed; what it had reached is kept and the
            next run goes on from there.
    """
    check(compute)
    now = Begun(
        budget=None if isinstance(length, Epochs) else length,
        epochs=length.number if isinstance(length, Epochs) else None,
        steps=_steps(run, specs, stage, length, compute),
        members={spec.name: spec for spec in specs},
        compute=compute,
        counts=counts.digest(unlabelled.counts) if unlabelled else "",
    )
    steps = begin(run, stage, now).steps
    context = processes.context()
    queue: Queue[tuple[str, Progress]] = context.Queue()
    with tempfile.TemporaryDirectory(prefix="diktor-") as meeting:
        workers = [
            context.Process(
                name=spec.name,
                target=_member,
                args=(run, spec, stage, steps[spec.name], kept, queue, compute, rank, Path(meeting) / spec.name),
                daemon=True,
            )
            for spec in specs
            for rank in range(compute.processes)
        ]
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers) or not queue.empty():
            if compute.processes > 1 and any(worker.exitcode for worker in workers):
                for worker in workers:
                    worker.terminate()  # the others would wait for it for ever
            try:
                tell(*queue.get(timeout=0.5))
            except Empty:
                continue
    failed = sorted({worker.name for worker in workers if worker.exitcode != 0})
    if failed:
        raise DiktorError(f"training of {', '.join(failed)} failed", "Run the same command again: it goes on")
    return steps


def _steps(
    run: Run, specs: Sequence[MemberSpec], stage: Stage, length: float | Epochs, compute: Compute
) -> dict[str, int]:
    """Those that each member takes. Processes take batches of their own: a step of two of them is two batches."""
    if not isinstance(length, Epochs):
        return {spec.name: taken(spec, stage, steps_for(spec, length)) for spec in specs}
    windows = training_windows(run)
    passes = {spec: math.ceil(length.number * batches(windows, spec) / compute.processes) for spec in specs}
    return {spec.name: taken(spec, stage, steps) for spec, steps in passes.items()}


def _member(
    run: Run,
    spec: MemberSpec,
    stage: Stage,
    steps: int,
    kept: Kept,
    queue: "Queue[tuple[str, Progress]]",
    compute: Compute,
    rank: int,
    meeting: Path,
) -> None:
    join(compute, rank, meeting)
    train_member(run, spec, stage, steps, kept, lambda progress: queue.put((spec.name, progress)), compute)
    leave(compute)
    queue.close()
    queue.join_thread()
