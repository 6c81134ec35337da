"""States of the frozen layers for every training window, computed once and kept on disk in shards."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from diktor.learning.model import MemberSpec
from diktor.learning.run import Run, started
from diktor.learning.windows import Window, samples
from diktor.scoring.combine import normalise

SHARD = 64
BATCH = 8


class States:
    """The kept states of one depth: `states[k]` is (250, 512) float16 of window k."""

    def __init__(self, folder: Path, depth: int, count: int) -> None:
        paths = [_path(folder, depth, number) for number in range(-(-count // SHARD))]
        self._shards = [np.load(path, mmap_mode="r") for path in paths]

    def __getitem__(self, index: int) -> NDArray[np.float16]:
        return np.asarray(self._shards[index // SHARD][index % SHARD])


def keep(run: Run, specs: Sequence[MemberSpec], windows: Sequence[Window], advance: Callable[[int, int], None]) -> Path:
    """Compute what is missing, on two processes; returns the folder.

    The folder's name tells the network and windows apart, so that stale states are never read.
    """
    folder = run.states / _key(run, windows)
    folder.mkdir(parents=True, exist_ok=True)
    depths = sorted({spec.frozen for spec in specs})
    parts = [list(windows[first : first + SHARD]) for first in range(0, len(windows), SHARD)]
    missing = [n for n in range(len(parts)) if not all(_path(folder, depth, n).exists() for depth in depths)]
    advance(len(parts) - len(missing), len(parts))
    deepest = max(specs, key=lambda spec: spec.frozen)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(_shard, run, deepest, depths, folder, number, parts[number]) for number in missing]
        for done, future in enumerate(as_completed(running), 1):
            future.result()
            advance(len(parts) - len(missing) + done, len(parts))
    return folder


@torch.no_grad()
def _shard(
    run: Run, spec: MemberSpec, depths: Sequence[int], folder: Path, number: int, windows: Sequence[Window]
) -> None:
    torch.set_num_threads(1)
    net = started(run, spec)
    kept: dict[int, list[NDArray[np.float16]]] = {depth: [] for depth in depths}
    for first in range(0, len(windows), BATCH):
        pcm = np.stack([samples(run.corpus, window) for window in windows[first : first + BATCH]])
        states = net.lower(torch.from_numpy(normalise(pcm)), max(depths))
        for depth in depths:
            kept[depth].append(states[depth].numpy().astype(np.float16))
    for depth in depths:
        draft = folder / f".{depth}-{number:04d}.npy"
        np.save(draft, np.concatenate(kept[depth]))
        draft.replace(_path(folder, depth, number))


def _path(folder: Path, depth: int, number: int) -> Path:
    return folder / f"depth{depth}-{number:04d}.npy"


def _key(run: Run, windows: Sequence[Window]) -> str:
    digest = hashlib.sha256(run.start.read_bytes())
    digest.update((run.corpus / "manifest.json").read_bytes())
    for window in windows:
        digest.update(repr([(p.clip.id, *p[1:]) for p in window.pieces]).encode())
    return digest.hexdigest()[:16]
