"""Training a member on kept states: seeded step by step, so that a run cut off goes on as if it had not been."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from diktor.learning import counts, early, losses, weak
from diktor.learning.averaging import Average, between
from diktor.learning.compute import CPU, Compute, Learner
from diktor.learning.corpus.clips import load_clips
from diktor.learning.counts import Excerpt
from diktor.learning.masking import masked
from diktor.learning.model import DefectNet, MemberSpec, Outputs
from diktor.learning.run import Run, save, started
from diktor.learning.states import States
from diktor.learning.windows import Labels, Window, labels, plan

Stage = Literal["stage1", "stage2"]

LAYER_RATE, HEAD_RATE = 1.5e-4, 1e-3
WARM_UP = 20
CHECKPOINT = 100
"""Steps between checkpoints."""

GROUPS = (4, 6)
"""Groups in a batch when layers are tuned, and when only heads are; of two kinds, half of them of each."""

STEPS_PER_MINUTE = (25, 120)
"""Of a 2-core machine with a member on each core; turns a budget in minutes into a number of steps, the same always.

Where layers are tuned, and where only heads are. A faster machine takes the same steps and is done sooner.
"""

PLAN_SEED = 1


class Progress(NamedTuple):
    """Where a member is: step of steps, mean of the last losses by name."""

    step: int
    steps: int
    terms: dict[str, float]


class Counted(NamedTuple):
    """Windows of which only the numbers of marker letters are known, with states."""

    excerpts: Sequence[Excerpt]
    states: States | Sequence[np.ndarray]


class Material(NamedTuple):
    """Windows of one split with labels and states; for stage 1 perhaps others that are only counted."""

    windows: Sequence[Window]
    labels: Sequence[Labels]
    states: States | Sequence[np.ndarray]
    counted: Counted | None = None


Group = list[list[int]]
"""Of each version the indices of its windows, part after part."""


class Groups(NamedTuple):
    """Groups of speech that was made, and of recordings."""

    made: list[Group]
    recorded: list[Group]


class Kept(NamedTuple):
    """Folders of kept states: of training windows, of development windows, of counted ones with what they are."""

    train: Path
    dev: Path | None = None
    counted: Path | None = None
    excerpts: tuple[Excerpt, ...] = ()


def training_windows(run: Run) -> list[Window]:
    """The windows a run trains on."""
    return plan([clip for clip in load_clips(run.corpus) if clip.split == "train"], PLAN_SEED)


def development_windows(run: Run) -> list[Window]:
    """The windows early stopping looks at."""
    return early.windows(run, PLAN_SEED)


def steps_for(spec: MemberSpec, minutes: float) -> int:
    """How many steps a budget buys."""
    return max(1, int(minutes * STEPS_PER_MINUTE[0 if spec.tuned else 1]))


def taken(spec: MemberSpec, stage: Stage, steps: int) -> int:
    """How many of a stage's steps the member takes."""
    return max(1, int(spec.taken * steps)) if stage == "stage2" else steps


def batches(windows: Sequence[Window], spec: MemberSpec) -> int:
    """How many batches it takes until every group was heard."""
    return _per_epoch(_groups(windows), spec)


def train_member(
    run: Run,
    spec: MemberSpec,
    stage: Stage,
    steps: int,
    kept: Kept,
    tell: Callable[[Progress], None],
    compute: Compute = CPU,
) -> None:
    """One stage of one member, from its last checkpoint if there is one; leaves `Run.weights(spec, stage)`."""
    torch.set_num_threads(1)
    if run.weights(spec, stage).exists():
        tell(Progress(steps, steps, {}))
        return
    material = _material(run, training_windows(run), kept.train, spec)
    if kept.counted and stage == "stage1":
        states = States(kept.counted, spec.frozen, len(kept.excerpts))
        material = material._replace(counted=Counted(kept.excerpts, states))
    held_out = _material(run, development_windows(run), kept.dev, spec) if kept.dev else None
    net = started(run, spec)
    earlier = run.weights(spec, "before")
    begin = run.weights(spec, "stage1") if stage == "stage2" else earlier
    if begin.exists():
        net.load_trained(torch.load(begin, weights_only=True))
    keeps = fit(net, material, stage, steps, run.weights(spec, f"{stage}-checkpoint"), tell, held_out, compute)
    if keeps:
        state = net.trained_state()
        if stage == "stage2" and spec.kept and earlier.exists():
            state = between(torch.load(earlier, weights_only=True), state, spec.kept)
        save(run.weights(spec, stage), state)


def fit(
    net: DefectNet,
    material: Material,
    stage: Stage,
    steps: int,
    checkpoint: Path,
    tell: Callable[[Progress], None],
    held_out: Material | None = None,
    compute: Compute = CPU,
) -> bool:
    """Train `net` in place for `steps` steps in all, going on from `checkpoint` if it exists.

    In stage 2 these are the member's share `taken` of it, and the learning rate falls as if the rest followed. With
    `held_out` and the member's patience it may end sooner, and has the weights that did best there; an averaged member
    ends stage 2 with the mean of its last weights. Of several processes the first one reports and keeps; returns
    whether this is it.
    """
    spec = net.spec
    learner = Learner(net, _optimiser(net), compute, counts_only=stage == "stage1")
    watch = None
    if held_out and spec.patience:
        watch = early.Watch(net, spec.patience, partial(_held_out_loss, net, learner, held_out, stage))
    average = Average(net, spec.averaged if stage == "stage2" else 0.0, steps)
    fall = spec.taken if stage == "stage2" else 1.0
    first = 0
    if checkpoint.exists():
        kept = torch.load(checkpoint, weights_only=True, map_location="cpu")
        learner.load(kept)
        if watch and "watch" in kept:
            watch.load(kept["watch"])
        average.load(kept.get("average"))
        first = kept["step"]
    groups = _groups(material.windows)
    recent: dict[str, list[float]] = {}
    net.train()
    told = 0.0
    for step in range(first, steps):
        if watch and watch.stopped:
            break
        number = step * learner.ranks + learner.rank
        torch.manual_seed(spec.seed * 1_000_003 + number)
        learner.rates(min(1.0, (step + 1) / WARM_UP), max(0.02, 1.0 - fall * step / steps))
        terms = _terms(net, learner, material, batch(groups, spec, number), stage, number)
        learner.step(sum(terms.values(), torch.zeros(())))
        average.take(step + 1)
        for name, value in learner.mean({name: float(value.detach()) for name, value in terms.items()}).items():
            recent.setdefault(name, []).append(value)
        if watch and ((step + 1) % early.EVERY == 0 or step + 1 == steps):
            watch.look()
            recent["held out"] = [watch.loss or 0.0]
        last = step + 1 == steps or (watch is not None and watch.stopped)
        if learner.rank == 0 and (time.monotonic() - told > 1.0 or last):
            told = time.monotonic()
            tell(Progress(step + 1, steps, {name: float(np.mean(values[-40:])) for name, values in recent.items()}))
        if learner.rank == 0 and (step + 1) % CHECKPOINT == 0:
            watched = {"watch": watch.state()} if watch else {}
            save(checkpoint, {**learner.state(), **watched, "average": average.state(), "step": step + 1})
    if watch:
        watch.choose()
    average.choose()
    net.cpu()
    net.eval()
    return learner.rank == 0


def batch(groups: Groups, spec: MemberSpec, step: int) -> list[int]:
    """Indices of the windows of a step: whole groups, of each version the same part. Depends on seed and step alone.

    Half of the groups are made speech, half recordings, where a corpus has both.
    """
    rng = Random(f"{spec.seed}/{step}")
    chosen = []
    for kind, size in _kinds(groups, spec):
        per_pass = len(kind) // size
        order = list(range(len(kind)))
        Random(f"{spec.seed}/{step // per_pass}").shuffle(order)
        for number in order[step % per_pass * size : (step % per_pass + 1) * size]:
            part = rng.random()
            chosen += [versions[min(int(part * len(versions)), len(versions) - 1)] for versions in kind[number]]
    return chosen


def _kinds(groups: Groups, spec: MemberSpec) -> list[tuple[list[Group], int]]:
    """Groups of made speech and of recordings, and how many of each a step takes."""
    kinds = [kind for kind in groups if kind]
    size = GROUPS[0 if spec.tuned else 1] // len(kinds)
    return [(kind, min(len(kind), size)) for kind in kinds]


def _per_epoch(groups: Groups, spec: MemberSpec) -> int:
    """Steps in which every group is heard, those of the rarer kind more than once."""
    return max(len(kind) // size for kind, size in _kinds(groups, spec))


def _groups(windows: Sequence[Window]) -> Groups:
    """Per group, per version: the indices of its windows, part after part; then the weakly labelled ones, dealt."""
    made: dict[str, dict[str, list[int]]] = {}
    recorded: dict[str, dict[str, list[int]]] = {}
    for index, window in enumerate(windows):
        if not window.weak:
            kind = recorded if window.recorded else made
            kind.setdefault(window.group, {}).setdefault(window.version, []).append(index)
    made_, recorded_ = ([list(versions.values()) for versions in kind.values()] for kind in (made, recorded))
    return Groups(made_, recorded_ + weak.decks(windows))


def _optimiser(net: DefectNet) -> torch.optim.Optimizer:
    parts = [
        {"params": list(part.parameters()), "base": HEAD_RATE if name == "heads" else LAYER_RATE}
        for name, part in net.trained().items()
    ]
    return torch.optim.AdamW(parts, lr=1.0, weight_decay=net.spec.weight_decay)


def _material(run: Run, windows: Sequence[Window], states: Path, spec: MemberSpec) -> Material:
    return Material(windows, [labels(w, run.taxonomy) for w in windows], States(states, spec.frozen, len(windows)))


def _terms(
    net: DefectNet, learner: Learner, material: Material, chosen: Sequence[int], stage: Stage, number: int
) -> dict[str, Tensor]:
    """A batch's parts of the loss by name."""
    spec, hidden = net.spec, _stacked(material.states, chosen)
    counted = material.counted
    if counted:
        size = counts.PER_STEP[0 if spec.tuned else 1]
        others = counts.chosen(len(counted.excerpts), size, spec.seed, number)
        hidden = torch.cat([hidden, _stacked(counted.states, others)])
    outputs = learner.hear(masked(hidden, spec.masked))
    own = Outputs(*(values[: len(chosen)] for values in outputs))
    wanted = [material.labels[index] for index in chosen]
    terms = _labelled(own, wanted, stage, net, spec.smoothing)
    if counted:
        rest = Outputs(*(values[len(chosen) :] for values in outputs))
        terms["windows"] = counts.loss(rest, [counted.excerpts[index].markers for index in others])
    return terms


def _labelled(
    outputs: Outputs, wanted: Sequence[Labels], stage: Stage, net: DefectNet, smoothing: float
) -> dict[str, Tensor]:
    if stage == "stage1":
        return {"counting": losses.counting(outputs, wanted)}
    return losses.losses(outputs, wanted, net.taxonomy, smoothing, net.spec.counting)._asdict()


def _held_out_loss(net: DefectNet, learner: Learner, held_out: Material, stage: Stage) -> float:
    """The mean over the development groups; the same on every process."""
    each = []
    for chosen in early.by_group(held_out.windows):
        outputs = learner.hear(_stacked(held_out.states, chosen))
        wanted = [held_out.labels[index] for index in chosen]
        terms = _labelled(outputs, wanted, stage, net, 0.0)
        each.append(float(sum(terms.values(), torch.zeros(()))))
    return learner.mean({"loss": float(np.mean(each))})["loss"]


def _stacked(states: States | Sequence[np.ndarray], chosen: Sequence[int]) -> Tensor:
    return torch.from_numpy(np.stack([states[index] for index in chosen]).astype(np.float32))
