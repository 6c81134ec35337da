"""What the `combine` model does: members' frame outputs become a window's probabilities and evidence.

Pure numpy and nothing of Diktor's: a release carries a copy of this file, so that Triton and every other user of the
release do the same arithmetic.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CONTEXT = 5
"""Frames (of 20 ms) around a marker sound in which its defect may be heard."""

SHARPNESS = 0.2
"""How much more the worst sounds of a window count than the others; 0: all the same."""

NO_DEFECT = -6.0
"""The logit a window starts from, with the weight of one marker sound: what is not heard is not held against it."""

DETECTOR = 0.4
"""Share of the detector that waits for no letter: it hears defective sounds that are not counted as the letter."""


class Parameters(NamedTuple):
    """What differs between releases, one value per defect; the defaults are those of release 1.

    Calibration of the window level: calibrated = slope · logit + intercept. `letter` is the place of the defect's
    marker letter among the counts; -1: none, it is heard anywhere. `loudest` is the share of a window's frames in which
    its detector looks for it: sounds are short, stutters are not.
    """

    slope: tuple[float, ...]
    intercept: tuple[float, ...]
    letter: tuple[int, ...] = (0, 1, -1)
    loudest: tuple[float, ...] = (0.05, 0.05, 0.2)


class Scores(NamedTuple):
    """`probability` (D,), threshold 0.5; `frames` (T, D) evidence 0..1; `markers` (T, L) rates: they sum to counts."""

    probability: Floats
    frames: Floats
    markers: Floats


def normalise(pcm: NDArray[np.int16]) -> Floats:
    """Samples (…, N) int16 → float32 of zero mean and unit variance per window; silence stays zero.

    The sums are exact, in integers, so that every version of numpy and every processor gives the same bits: int8
    networks turn the smallest difference into a visible one. N up to 65,536.
    """
    samples = pcm.astype(np.int64)
    count = samples.shape[-1]
    total = samples.sum(-1, keepdims=True)
    variance = (count * (samples * samples).sum(-1, keepdims=True) - total * total) / count**2
    return np.asarray((samples - total / count) / (np.sqrt(variance) + 1e-5 * 32768.0), np.float32)


def sigmoid(x: Floats) -> Floats:
    """The logistic function, safe for large |x|."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), np.float32)


def combine(markers: Floats, with_: Floats, without: Floats, parameters: Parameters) -> Scores:
    """One window's scores from its members' outputs; NaN is where a member has no say.

    Args:
        markers: (M, T, L) marker-letter rates of M members.
        with_: (M, T, D) frame logits of the heads for speech with marker letters.
        without: (M, T, D) frame logits of the heads for speech without them.
        parameters: the release's.
    """
    logits, frames = uncalibrated(markers, with_, without, parameters)
    calibrated = np.asarray(parameters.slope, np.float32) * logits + np.asarray(parameters.intercept, np.float32)
    return Scores(sigmoid(calibrated), frames, agreed(markers))


def uncalibrated(markers: Floats, with_: Floats, without: Floats, parameters: Parameters) -> tuple[Floats, Floats]:
    """A window's logits (D,) before calibration, and its frames' evidence (T, D); arguments as in `combine`."""
    rate, near, far = agreed(markers), agreed(with_), agreed(without)
    frames = np.empty_like(near)
    logits = np.empty(near.shape[1], np.float32)
    for defect, (letter, loudest) in enumerate(zip(parameters.letter, parameters.loudest, strict=True)):
        anywhere = _strongest(far[:, defect], loudest)
        if letter < 0:
            logits[defect] = anywhere
            frames[:, defect] = sigmoid(far[:, defect])
            continue
        weight = rate[:, letter]
        logits[defect] = (1.0 - DETECTOR) * _at_sounds(near[:, defect], weight) + DETECTOR * anywhere
        around = _around(weight)
        here = _around(weight * near[:, defect]) / (around + np.float32(1e-3))
        frames[:, defect] = sigmoid(here) * np.minimum(around, 1.0)
    return logits, frames


def agreed(said: Floats) -> Floats:
    """The mean of what (M, …) members say, over those that have a say: NaN is none, and what nobody says."""
    silent = np.isnan(said)
    if not silent.any():
        return np.asarray(said.mean(0), np.float32)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(silent, np.float32(0.0), said).sum(0) / (~silent).sum(0), np.float32)


def _at_sounds(logits: Floats, rate: Floats) -> np.float32:
    """A soft maximum over a window's marker sounds and one imagined sound without defect."""
    weights = np.append(rate, np.float32(1.0))
    heard = np.exp(np.float32(SHARPNESS) * np.append(logits, np.float32(NO_DEFECT)))
    return np.float32(np.log((weights * heard).sum() / weights.sum()) / SHARPNESS)


def _strongest(logits: Floats, share: float) -> np.float32:
    """The mean of the highest frames: steadier than the maximum, as blind to the rest."""
    count = max(1, int(len(logits) * share))
    return np.float32(np.sort(logits)[-count:].mean())


def _around(values: Floats) -> Floats:
    """The sum of the values within `CONTEXT` frames around each."""
    return np.asarray(np.convolve(values, np.ones(2 * CONTEXT + 1, np.float32), "same"), np.float32)
