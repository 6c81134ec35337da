"""What the network is punished for: wrong counts, wrong places, wrong defects, and pairs in the wrong order."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from diktor.defects import DEFAULT, Taxonomy
from diktor.learning import weak
from diktor.learning.model import Outputs
from diktor.learning.windows import Labels, Sound
from diktor.learning.word_logit import LEAST_RATE

ELSEWHERE = 0.5
"""Weight of words without the letter, in which its defect is not to be heard, whoever speaks."""


class Terms(NamedTuple):
    """The parts of the loss, each already weighted."""

    counting: Tensor
    defects: Tensor
    pairs: Tensor
    frames: Tensor
    weak: Tensor


class Stretches(NamedTuple):
    """Sounds of a batch as arrays: window, frames [start, end), letter, count, target and weight."""

    window: Tensor
    start: Tensor
    end: Tensor
    letter: Tensor
    letters: Tensor
    target: Tensor
    weight: Tensor


def gather(sounds: Iterable[Sequence[Sound]], margin: int, frames: int) -> Stretches:
    """All windows' sounds, widened by `margin` frames on both sides."""
    rows = [
        (
            number,
            max(0, s.start - margin),
            min(frames, s.end + margin),
            s.letter,
            float(s.letters),
            float(s.defective),
            s.weight,
        )
        for number, window in enumerate(sounds)
        for s in window
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    whole = [torch.tensor(column, dtype=torch.long) for column in columns[:4]]
    return Stretches(*whole, *(torch.tensor(column, dtype=torch.float32) for column in columns[4:]))


def total(values: Tensor, stretches: Stretches) -> Tensor:
    """The sum of (B, T, L) values over each stretch's frames, of its letter."""
    running = functional.pad(values.cumsum(1), (0, 0, 1, 0))
    window, letter = stretches.window, stretches.letter
    return running[window, stretches.end, letter] - running[window, stretches.start, letter]


def counting(outputs: Outputs, labels: Sequence[Labels]) -> Tensor:
    """Marker letters as a point process: one expected at each sound, none elsewhere; and whole words counted right.

    The likelihood of an inhomogeneous Poisson process whose events are known up to a few frames: the expected number
    in all, less the logarithm of the rate around each event. It is watched where words are known, and nowhere else.
    """
    frames = outputs.markers.shape[1]
    phones = gather([item.phones for item in labels], 2, frames)
    words = gather([item.words for item in labels], 1, frames)
    near = total(outputs.markers, phones)
    known = torch.from_numpy(np.stack([item.known for item in labels])).unsqueeze(-1)
    process = ((outputs.markers * known).sum() - near.clamp_min(1e-3).log().sum()) / max(1, len(near))
    miscounted = functional.smooth_l1_loss(total(outputs.markers, words), words.letters, beta=0.5, reduction="sum")
    return 0.5 * process + 0.5 * miscounted / max(1, len(words.letters))


def losses(
    outputs: Outputs,
    labels: Sequence[Labels],
    taxonomy: Taxonomy = DEFAULT,
    smoothing: float = 0.0,
    counts: float = 0.5,
) -> Terms:
    """All terms of the second stage: `smoothing` moves defects' targets towards one half, `counts` weighs letters."""
    counted, clues = counts * counting(outputs, labels), weak.loss(outputs, labels, taxonomy)
    outputs, labels = weak.chosen(outputs, labels, lambda item: item.weak is None)
    if not labels:
        nothing = outputs.with_.sum()
        return Terms(counted, nothing, nothing, nothing, clues)
    frames = outputs.markers.shape[1]
    phones = gather([item.phones for item in labels], 1, frames)
    words = gather([[word for word in item.words if word.letters] for item in labels], 1, frames)
    logits = stretch_logits(outputs, phones, taxonomy)
    defects = _defects(logits, phones, taxonomy, smoothing)
    defects = defects + 0.5 * _defects(stretch_logits(outputs, words, taxonomy), words, taxonomy, smoothing)
    others = gather([[word for word in item.words if not word.letters] for item in labels], 0, frames)
    defects = defects + ELSEWHERE * _elsewhere(outputs, others, taxonomy)
    keys = [sound.key for item in labels for sound in item.phones]
    target = torch.from_numpy(np.stack([item.defective for item in labels])).float()
    judged = torch.tensor([[not item.judged or name in item.judged for name in taxonomy.names] for item in labels])
    pairs, frames_ = _pairs(logits, phones, keys, taxonomy), _frames(outputs, target, taxonomy, smoothing, judged)
    return Terms(counted, defects, 0.5 * pairs, frames_, clues)


def stretch_logits(outputs: Outputs, stretches: Stretches, taxonomy: Taxonomy = DEFAULT) -> Tensor:
    """A defect's logit over each stretch: its frames weighted by how likely the letter is there, as when scoring."""
    rate = outputs.markers.detach() + LEAST_RATE
    near = outputs.with_[..., list(taxonomy.spoken)]
    return total(rate * near, stretches) / total(rate, stretches).clamp_min(1e-4)


def smoothed(target: Tensor, smoothing: float) -> Tensor:
    """Targets 0 and 1 as `smoothing` / 2 and 1 - `smoothing` / 2 (Szegedy et al., 2016)."""
    return target * (1.0 - smoothing) + 0.5 * smoothing if smoothing else target


def _defects(logits: Tensor, stretches: Stretches, taxonomy: Taxonomy, smoothing: float) -> Tensor:
    result = logits.new_zeros(())
    target = smoothed(stretches.target, smoothing)
    each = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weight = stretches.weight * torch.where(stretches.target > 0, 1.5, 1.0)
    for letter, place in enumerate(taxonomy.spoken):
        mine = weight * (stretches.letter == letter)
        result = result + taxonomy.defects[place].emphasis * (each * mine).sum() / (mine.sum() + 1.0)
    return result


def _elsewhere(outputs: Outputs, words: Stretches, taxonomy: Taxonomy) -> Tensor:
    """Words without the letter are healthy, frame by frame, in defective speech too: not the voice counts."""
    result = outputs.with_.new_zeros(())
    calm = functional.softplus(outputs.with_[..., list(taxonomy.spoken)])
    each = total(calm, words) / (words.end - words.start).clamp_min(1)
    for letter in range(len(taxonomy.letters)):
        mine = words.letter == letter
        result = result + (each * mine).sum() / (mine.sum() + 1.0)
    return result


def _pairs(
    logits: Tensor, phones: Stretches, keys: Sequence[tuple[str, int, int, int] | None], taxonomy: Taxonomy
) -> Tensor:
    """The same sound of the same words and speaker must score higher defective than healthy."""
    matched: dict[tuple[str, int, int, int], tuple[list[int], list[int]]] = {}
    for index, key in enumerate(keys):
        if key is not None:
            matched.setdefault(key, ([], []))[int(phones.target[index] > 0)].append(index)
    result = logits.new_zeros(())
    for letter, place in enumerate(taxonomy.spoken):
        pairs = [
            (bad, good)
            for key, (healthy, defective) in matched.items()
            if key[2] == letter
            for bad in defective
            for good in healthy
        ]
        if pairs:
            bad, good = torch.tensor(pairs).T
            apart = functional.softplus(1.0 - (logits[bad] - logits[good])).mean()
            result = result + taxonomy.defects[place].pair_emphasis * apart
    return result


def _frames(outputs: Outputs, target: Tensor, taxonomy: Taxonomy, smoothing: float, judged: Tensor) -> Tensor:
    """The detectors that wait for no letter: per frame, and for stuttering per window as it is scored.

    `judged` (B, D): of which defects it is known that a window has them or not.
    """
    positive = torch.tensor([defect.positive for defect in taxonomy.defects])
    each = functional.binary_cross_entropy_with_logits(
        outputs.without, smoothed(target, smoothing), pos_weight=positive, reduction="none"
    )
    share = judged / judged.sum(0).clamp_min(1)
    per_defect = (each.mean(1) * share).sum(0)
    result = per_defect.new_zeros(())
    for place in taxonomy.anywhere:
        count = max(1, int(outputs.without.shape[1] * taxonomy.defects[place].loudest))
        strongest = outputs.without[..., place].topk(count, dim=1).values.mean(1)
        heard = (target[..., place].sum(1) > 5).float()
        windows = functional.binary_cross_entropy_with_logits(strongest, smoothed(heard, smoothing), reduction="none")
        window = (windows * share[:, place]).sum()
        result = result + 1.5 * per_defect[place] + 0.5 * window
    return result + 0.5 * per_defect[list(taxonomy.spoken)].sum()
