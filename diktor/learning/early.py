"""Early stopping: now and then a few development windows are heard, and the weights that did best there are kept."""

import copy
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import torch

from diktor.learning.corpus.clips import load_clips
from diktor.learning.model import DefectNet
from diktor.learning.run import Run
from diktor.learning.windows import Window, plan

EVERY = 100
"""Steps between looks."""

GROUPS = 8
"""Utterances of the development voices that are heard, each in all its versions."""

LEAST_GAIN = 1e-3
"""A loss that is better by less than this share of itself is no improvement."""


def windows(run: Run, seed: int) -> list[Window]:
    """The development windows, matched ones together."""
    found = plan([clip for clip in load_clips(run.corpus) if clip.split == "dev"], seed)
    groups = sorted({window.group for window in found})
    chosen = set(Random(seed).sample(groups, min(GROUPS, len(groups))))
    return [window for window in found if window.group in chosen]


def by_group(windows: Sequence[Window]) -> Iterator[list[int]]:
    """Indices of the windows, those of a group together: matched pairs are compared within a batch."""
    groups: dict[str, list[int]] = {}
    for index, window in enumerate(windows):
        groups.setdefault(window.group, []).append(index)
    yield from groups.values()


class Watch:
    """Remembers the best weights and how many looks have passed since."""

    def __init__(self, net: DefectNet, patience: int, loss: Callable[[], float]) -> None:
        self._net, self._patience, self._loss = net, patience, loss
        self._best: dict[str, Any] | None = None
        self._since = 0

    def look(self) -> bool:
        """Hear the development windows; whether it is time to stop."""
        self._net.eval()
        with torch.no_grad():
            loss = self._loss()
        self._net.train()
        if self._best is None or loss < self._best["loss"] * (1.0 - LEAST_GAIN):
            self._best, self._since = {"loss": loss, "net": copy.deepcopy(self._net.trained_state())}, 0
        else:
            self._since += 1
        return self.stopped

    @property
    def stopped(self) -> bool:
        """Whether the patience is at its end."""
        return self._since >= self._patience

    @property
    def loss(self) -> float | None:
        """The best so far."""
        return None if self._best is None else float(self._best["loss"])

    def choose(self) -> None:
        """Give the network its best weights."""
        if self._best is not None:
            self._net.load_trained(self._best["net"])

    def state(self) -> dict[str, Any]:
        """What going on needs."""
        return {"best": self._best, "since": self._since}

    def load(self, state: dict[str, Any]) -> None:
        """Take `state` back."""
        self._best, self._since = state["best"], state["since"]
