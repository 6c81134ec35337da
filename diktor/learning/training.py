"""Training a member on kept states: seeded step by step, so that a run cut off goes on as if it had not been."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from diktor.defects import Taxonomy
from diktor.learning import losses, weak
from diktor.learning.corpus.clips import load_clips
from diktor.learning.model import DefectNet, MemberSpec, Outputs
from diktor.learning.run import Run, save, started
from diktor.learning.states import States
from diktor.learning.windows import Labels, Window, labels, plan

Stage = Literal["stage1", "stage2"]

LAYER_RATE, HEAD_RATE = 1.5e-4, 1e-3
WARM_UP = 20
CHECKPOINT = 100
"""Steps between checkpoints."""

GROUPS = (2, 6)
"""Matched groups in a batch when layers are tuned, and when only heads are."""

STEPS_PER_MINUTE = (52, 160)
"""Of a 2-core machine with a member on each core; turns a budget in minutes into a number of steps, the same always."""

PLAN_SEED = 1


class Progress(NamedTuple):
    """Where a member is: step of steps, mean of the last losses by name."""

    step: int
    steps: int
    terms: dict[str, float]


class Material(NamedTuple):
    """Windows of one split with labels and states."""

    windows: Sequence[Window]
    labels: Sequence[Labels]
    states: States | Sequence[np.ndarray]


def training_windows(run: Run) -> list[Window]:
    """The windows a run trains on."""
    return plan([clip for clip in load_clips(run.corpus) if clip.split == "train"], PLAN_SEED)


def steps_for(spec: MemberSpec, minutes: float) -> int:
    """How many steps a budget buys."""
    return max(1, int(minutes * STEPS_PER_MINUTE[0 if spec.tuned else 1]))


def train_member(
    run: Run, spec: MemberSpec, stage: Stage, steps: int, states: Path, tell: Callable[[Progress], None]
) -> None:
    """One stage of one member, from its last checkpoint if there is one; leaves `Run.weights(spec, stage)`."""
    torch.set_num_threads(1)
    if run.weights(spec, stage).exists():
        tell(Progress(steps, steps, {}))
        return
    windows = training_windows(run)
    material = Material(windows, [labels(w, run.taxonomy) for w in windows], States(states, spec.frozen, len(windows)))
    net = started(run, spec)
    if stage == "stage2" and run.weights(spec, "stage1").exists():
        net.load_trained(torch.load(run.weights(spec, "stage1"), weights_only=True))
    fit(net, material, stage, steps, run.weights(spec, f"{stage}-checkpoint"), tell)
    save(run.weights(spec, stage), net.trained_state())


def fit(
    net: DefectNet, material: Material, stage: Stage, steps: int, checkpoint: Path, tell: Callable[[Progress], None]
) -> None:
    """Train `net` in place for `steps` steps in all, going on from `checkpoint` if it exists."""
    spec = net.spec
    optimiser = _optimiser(net)
    first = 0
    if checkpoint.exists():
        kept = torch.load(checkpoint, weights_only=True)
        net.load_trained(kept["net"])
        optimiser.load_state_dict(kept["optimiser"])
        first = kept["step"]
    groups = _groups(material.windows)
    recent: dict[str, list[float]] = {}
    net.train()
    told = 0.0
    for step in range(first, steps):
        torch.manual_seed(spec.seed * 1_000_003 + step)
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * min(1.0, (step + 1) / WARM_UP) * max(0.02, 1.0 - step / steps)
        chosen = batch(groups, spec, step)
        terms = _step(net, optimiser, material, chosen, stage)
        for name, value in terms.items():
            recent.setdefault(name, []).append(value)
        if time.monotonic() - told > 1.0 or step + 1 == steps:
            told = time.monotonic()
            tell(Progress(step + 1, steps, {name: float(np.mean(values[-40:])) for name, values in recent.items()}))
        if (step + 1) % CHECKPOINT == 0:
            save(checkpoint, {"net": net.trained_state(), "optimiser": optimiser.state_dict(), "step": step + 1})
    net.eval()


def batch(groups: Sequence[Sequence[Sequence[int]]], spec: MemberSpec, step: int) -> list[int]:
    """Indices of the windows of a step: whole groups, of each version the same part. Depends on seed and step alone."""
    size = min(len(groups), GROUPS[0 if spec.tuned else 1])
    per_epoch = len(groups) // size
    order = list(range(len(groups)))
    Random(f"{spec.seed}/{step // per_epoch}").shuffle(order)
    rng = Random(f"{spec.seed}/{step}")
    chosen = []
    for number in order[step % per_epoch * size : (step % per_epoch + 1) * size]:
        part = rng.random()
        chosen += [versions[min(int(part * len(versions)), len(versions) - 1)] for versions in groups[number]]
    return chosen


def _groups(windows: Sequence[Window]) -> list[list[list[int]]]:
    """Per group, per version: the indices of its windows, part after part; then the weakly labelled ones, dealt."""
    found: dict[str, dict[str, list[int]]] = {}
    for index, window in enumerate(windows):
        if not window.pieces[0].clip.weak:
            found.setdefault(window.group, {}).setdefault(window.version, []).append(index)
    return [list(versions.values()) for versions in found.values()] + weak.decks(windows)


def _optimiser(net: DefectNet) -> torch.optim.Optimizer:
    parts = [
        {"params": list(part.parameters()), "base": HEAD_RATE if name == "heads" else LAYER_RATE}
        for name, part in net.trained().items()
    ]
    return torch.optim.AdamW(parts, lr=1.0, weight_decay=net.spec.weight_decay)


def _step(
    net: DefectNet, optimiser: torch.optim.Optimizer, material: Material, chosen: Sequence[int], stage: Stage
) -> dict[str, float]:
    hidden = torch.from_numpy(np.stack([material.states[index] for index in chosen])).float()
    wanted = [material.labels[index] for index in chosen]
    outputs: Outputs = net.heads(net.upper(hidden))
    terms = _terms(outputs, wanted, stage, net.taxonomy)
    optimiser.zero_grad()
    sum(terms.values(), torch.zeros(())).backward()
    parameters = [parameter for part in net.trained().values() for parameter in part.parameters()]
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimiser.step()
    return {name: float(value.detach()) for name, value in terms.items()}


def _terms(outputs: Outputs, wanted: Sequence[Labels], stage: Stage, taxonomy: Taxonomy) -> dict[str, Tensor]:
    if stage == "stage1":
        return {"counting": losses.counting(outputs, wanted)}
    return losses.losses(outputs, wanted, taxonomy)._asdict()
