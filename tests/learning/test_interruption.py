"""Training that is killed at any time and begun again ends with the same weights, bit by bit."""

import signal
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from random import Random

import torch

from diktor.learning import early, processes, stages, training
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run
from diktor.learning.training import Kept, train_member

SPEC = MemberSpec("tiny", layers=1, tuned=1, hidden=16, far=5, seed=5, masked=0.1, smoothing=0.1, patience=40)
STEPS = 120
KILLS = 3


def _train(run: Run, kept: Kept, under_way: Event) -> None:
    training.CHECKPOINT, early.EVERY = 4, 6
    train_member(run, SPEC, "stage2", STEPS, kept, lambda progress: under_way.set())


def test_killed_again_and_again_it_ends_with_the_same_weights(run: Run, tmp_path: Path, tiny_whisper: Path) -> None:
    stages.start(run, [SPEC], 1, str(tiny_whisper))
    kept = stages.keep_states(run, [SPEC], lambda done, total: None)
    assert kept.dev
    whole = Run(tmp_path / "whole", run.corpus)
    whole.folder.mkdir()
    for path in (run.start, run.origin):
        (whole.folder / path.name).write_bytes(path.read_bytes())

    took, killed = _for(whole, kept, None)
    assert not killed
    rng, kills = Random(), 0
    while not run.weights(SPEC, "stage2").exists():
        kills += _for(run, kept, rng.uniform(0, took / KILLS) if kills < KILLS else None)[1]
    assert kills > 1

    first, second = (torch.load(r.weights(SPEC, "stage2"), weights_only=True) for r in (whole, run))
    for part, values in first.items():
        for name, value in values.items():
            assert torch.equal(value, second[part][name]), (part, name)


def _for(run: Run, kept: Kept, seconds: float | None) -> tuple[float, bool]:
    """Train in a process that is killed after so many seconds of training; how long it trained, and whether it was."""
    under_way = processes.context().Event()
    process = processes.context().Process(target=_train, args=(run, kept, under_way))
    process.start()
    assert under_way.wait(120)
    began = time.monotonic()
    process.join(seconds)
    killed = process.is_alive()
    if killed:
        process.kill()
        process.join()
    assert process.exitcode == (-signal.SIGKILL if killed else 0)
    return time.monotonic() - began, killed
