"""States of the frozen layers for every training window, computed once and kept on disk in shards."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from diktor.files import draft
from diktor.learning.model import MemberSpec
from diktor.learning.processes import context
from diktor.learning.run import Run, started
from diktor.learning.windows import Window, samples
from diktor.scoring.combine import normalise

SHARD = 64
BATCH = 8


class States:
    """The kept states of one depth: `states[k]` is (250, width) float16 of window k."""

    def __init__(self, folder: Path, depth: int, count: int) -> None:
        paths = [_path(folder, depth, number) for number in range(-(-count // SHARD))]
        self._shards = [np.load(path, mmap_mode="r") for path in paths]

    def __getitem__(self, index: int) -> NDArray[np.float16]:
        return np.asarray(self._shards[index // SHARD][index % SHARD])


class Audible(NamedTuple):
    """Windows of any kind: how one is read (40000 samples, int16), and bytes that change when any of them does."""

    windows: Sequence[Any]
    read: Callable[[Any], NDArray[np.int16]]
    key: bytes


def of_corpus(run: Run, windows: Sequence[Window]) -> Audible:
    """Windows of the run's corpus."""
    manifest = (run.corpus / "manifest.json").read_bytes()
    pieces = (repr([(p.clip.id, *p[1:]) for p in window.pieces]).encode() for window in windows)
    return Audible(windows, partial(samples, run.corpus), b"".join((manifest, *pieces)))


def keep(run: Run, specs: Sequence[MemberSpec], audible: Audible, advance: Callable[[int, int], None]) -> Path:
    """Compute what is missing, on two processes; returns the folder.

    The folder's name tells the network and windows apart, so that stale states are never read.
    """
    windows, read = audible.windows, audible.read
    folder = run.states / hashlib.sha256(run.start.read_bytes() + audible.key).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    depths = sorted({spec.frozen for spec in specs})
    parts = [list(windows[first : first + SHARD]) for first in range(0, len(windows), SHARD)]
    missing = [n for n in range(len(parts)) if not all(_path(folder, depth, n).exists() for depth in depths)]
    advance(len(parts) - len(missing), len(parts))
    deepest = max(specs, key=lambda spec: spec.frozen)
    if len(missing) == 1:  # not worth two processes
        _shard(run, deepest, depths, folder, missing[0], parts[missing[0]], read)
        advance(len(parts), len(parts))
        return folder
    with ProcessPoolExecutor(2, mp_context=context()) as pool:
        running = [pool.submit(_shard, run, deepest, depths, folder, number, parts[number], read) for number in missing]
        for done, future in enumerate(as_completed(running), 1):
            future.result()
            advance(len(parts) - len(missing) + done, len(parts))
    return folder


@torch.no_grad()
def _shard(
    run: Run,
    spec: MemberSpec,
    depths: Sequence[int],
    folder: Path,
    number: int,
    windows: Sequence[Any],
    read: Callable[[Any], NDArray[np.int16]],
) -> None:
    torch.set_num_threads(1)
    net = started(run, spec)
    kept: dict[int, list[NDArray[np.float16]]] = {depth: [] for depth in depths}
    for first in range(0, len(windows), BATCH):
        pcm = np.stack([read(window) for window in windows[first : first + BATCH]])
        states = net.lower(torch.from_numpy(normalise(pcm)), max(depths))
        for depth in depths:
            kept[depth].append(states[depth].numpy().astype(np.float16))
    for depth in depths:
        with draft(_path(folder, depth, number)) as hidden, hidden.open("wb") as file:
            np.save(file, np.concatenate(kept[depth]))


def _path(folder: Path, depth: int, number: int) -> Path:
    return folder / f"depth{depth}-{number:04d}.npy"
