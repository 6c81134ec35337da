"""Learning from recordings of which only the class is known: the window is judged as a whole, as it is scored.

Multiple-instance learning (Dietterich et al., 1997): a recording is a bag of windows. In a healthy one no window has
any defect. In a defective one some have it, and nobody says which: they are asked for no more than is likely.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from diktor.defects import DEFAULT, Taxonomy
from diktor.learning.corpus.clips import Version, has
from diktor.learning.model import Outputs
from diktor.learning.windows import Labels, Window
from diktor.scoring.combine import DETECTOR, NO_DEFECT, SHARPNESS
from diktor.scoring.parameters import neutral

CERTAIN = 0.95
"""How likely a window of a speaker with the defect holds it where its letter is known to be there, or it was heard."""


class _Target(NamedTuple):
    """What is wanted of (window, defect) pairs, and how heavy each is."""

    wanted: Tensor
    weight: Tensor


def chosen(
    outputs: Outputs, labels: Sequence[Labels], wanted: Callable[[Labels], bool]
) -> tuple[Outputs, Sequence[Labels]]:
    """The windows of a batch that are `wanted`."""
    places = [place for place, item in enumerate(labels) if wanted(item)]
    if len(places) == len(labels):
        return outputs, labels
    return Outputs(*(values[places] for values in outputs)), [labels[place] for place in places]


def loss(outputs: Outputs, labels: Sequence[Labels], taxonomy: Taxonomy = DEFAULT) -> Tensor:
    """Cross-entropy of the windows' logits, healthy and defective windows equally heavy for each defect."""
    outputs, labels = chosen(outputs, labels, lambda item: item.weak is not None)
    if not labels:
        return outputs.with_.new_zeros(())
    logits = window_logits(outputs, taxonomy)
    wanted, weight = _targets(labels, taxonomy)
    capped = torch.minimum(logits, torch.where(wanted > 0, torch.logit(wanted.clamp(0.01, 0.99)), logits))
    each = functional.binary_cross_entropy_with_logits(capped, wanted, reduction="none")
    result = logits.new_zeros(())
    for kind in (wanted > 0, wanted == 0):
        heavy = weight * kind
        result = result + ((each * heavy).sum(0) / heavy.sum(0).clamp_min(1.0)).sum()
    return result


def window_logits(outputs: Outputs, taxonomy: Taxonomy = DEFAULT) -> Tensor:
    """(B, D) logits of whole windows before calibration: `scoring.combine.uncalibrated` for one member, in torch.

    The rates are taken as they are: a defect must not teach the counter.
    """
    columns, plain = [], neutral(taxonomy)
    for defect, (letter, loudest) in enumerate(zip(plain.letter, plain.loudest, strict=True)):
        far = outputs.without[..., defect]
        anywhere = far.topk(max(1, int(far.shape[1] * loudest)), dim=1).values.mean(1)
        if letter < 0:
            columns.append(anywhere)
            continue
        near, rate = outputs.with_[..., defect], outputs.markers[..., letter].detach()
        imagined = near.new_tensor(SHARPNESS * NO_DEFECT).expand(len(near), 1)
        heard = torch.cat([SHARPNESS * near + rate.clamp_min(1e-12).log(), imagined], 1)
        at_sounds = (heard.logsumexp(1) - (rate.sum(1) + 1.0).log()) / SHARPNESS
        columns.append((1.0 - DETECTOR) * at_sounds + DETECTOR * anywhere)
    return torch.stack(columns, 1)


def decks(windows: Sequence[Window]) -> list[list[list[int]]]:
    """Weak windows as groups for batches: one clip of each version, those of rare versions again and again.

    Versions of which different defects were judged are different ones.
    """
    clips: dict[tuple[Version, ...], dict[str, list[int]]] = {}
    for index, window in enumerate(windows):
        if window.weak:
            clip = window.pieces[0].clip
            clips.setdefault((clip.version, *clip.judged), {}).setdefault(clip.id, []).append(index)
    dealt = [list(of.values()) for _, of in sorted(clips.items())]
    return [[of[number % len(of)] for of in dealt] for number in range(max(map(len, dealt), default=0))]


def _targets(labels: Sequence[Labels], taxonomy: Taxonomy) -> _Target:
    """Of a defective recording its own defects are wanted, of a healthy one that there are none.

    Where a person judged the window itself, of each defect that was judged what they said, and nothing of the others.
    """
    wanted = torch.zeros(len(labels), len(taxonomy.defects))
    weight = torch.zeros(len(labels), len(taxonomy.defects))
    for row, item in enumerate(labels):
        if item.weak is None:
            continue
        if item.judged:
            for place, defect in enumerate(taxonomy.defects):
                weight[row, place] = float(defect.name in item.judged)
                wanted[row, place] = CERTAIN * has(item.weak, defect) * weight[row, place]
            continue
        if item.weak == "healthy":
            weight[row] = 1.0
        for place, defect in enumerate(taxonomy.defects):
            if not has(item.weak, defect):
                continue
            letter = taxonomy.letter_index(place)
            spoken = any(phone.letter == letter for phone in item.phones)
            if letter is None or not item.counted:
                wanted[row, place], weight[row, place] = defect.present, 1.0
            elif spoken:
                wanted[row, place], weight[row, place] = CERTAIN, 1.0
    return _Target(wanted, weight)
