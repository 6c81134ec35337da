"""One class of four with its probability, as the system before this one answered.

Risks are calibrated one defect at a time and do not sum to 1. Each becomes odds r / (1 - r), against 1 for "none", the
odds of a risk at the threshold of 50; the four are divided by their sum. So "none" has the highest of the four exactly
when no defect is likely, and else the likely defect with the highest risk, which is how the contract names one class.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from diktor.errors import AudioError, QueryError
from diktor.rows import ChannelVerdict

CLASSES: Final = ("none", "rhotacism", "fricative_g", "stuttering")
"""Fixed, whatever defects releases of later taxonomies know."""

CLOSEST = 0.0005
"""Half of the last digit of a risk: odds are finite."""

NONE = 1.0 - 1e-9
"""A risk of exactly 50 is likely, and so above none."""


def probabilities(channels: Sequence[ChannelVerdict]) -> list[float]:
    """Of the four classes; they sum to 1, the highest is the class. A defect's risk is that of the worst channel; one
    that could not be judged by what was said has none of the probability.

    Raises:
        QueryError: the release knows other defects.
        AudioError: no defect could be judged: there is no answer to give.
    """
    risks: dict[str, list[float]] = {}
    for item in (item for channel in channels for item in channel.defects):
        risks.setdefault(item.defect, []).extend([] if item.risk is None else [item.risk])
    if missing := [name for name in CLASSES[1:] if channels and name not in risks]:
        raise QueryError(f"the release does not know {', '.join(missing)}", "Choose another one: model_name")
    if not any(risks.get(name) for name in CLASSES[1:]):
        raise AudioError("too little is said in the recording to judge by", "Send one with more speech")
    odds = np.array([NONE, *(_odds(max(risks[name], default=None)) for name in CLASSES[1:])])
    return [float(value) for value in odds / odds.sum()]


def _odds(risk: float | None) -> float:
    if risk is None:
        return 0.0
    probability = min(max(risk / 100.0, CLOSEST), 1.0 - CLOSEST)
    return probability / (1.0 - probability)
