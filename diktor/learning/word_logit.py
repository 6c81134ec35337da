"""How a word is judged by the heads at letters: the same in evaluation, audits, contrasts and training."""

import numpy as np
from numpy.typing import NDArray

LEAST_RATE = 0.02
"""Added to the rates as weights, so that a sound the counter misses is still judged."""


def widened(start: float, end: float) -> slice:
    """The frames of a word, from the one before its first to the one after its last."""
    return slice(max(0, int(start) - 1), int(np.ceil(end)) + 1)


def word_logit(rate: NDArray[np.float32], near: NDArray[np.float32], span: slice) -> float:
    """A defect's logit in a span of frames, weighed by how likely the letter is in each: of (T,) rates and logits."""
    weight = rate[span] + LEAST_RATE
    return float((weight * near[span]).sum() / weight.sum())
