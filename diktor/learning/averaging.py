"""Means of weights: over the end of a training (Izmailov et al. 2018, arXiv:1803.05407), and with what it began from.

Single weights lean towards the speech that was heard last; their mean hears voices that none of it was of better. Who
goes on with other speech forgets; halfway back much of the old is known again, and the new (Wortsman et al. 2022,
arXiv:2109.01903).
"""

from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from diktor.learning.model import DefectNet, Top

State = dict[str, dict[str, Tensor]]
"""Weights by part and name: `DefectNet.trained_state`."""

TAKEN = 28
"""How often in a stage the weights are taken, if all of it were averaged."""


class Average:
    """Of the weights as they are after every so many steps, over the last `share` of all `steps` (0: of none)."""

    def __init__(self, net: DefectNet, share: float, steps: int) -> None:
        self._top, self._every = Top(net), max(1, steps // TAKEN)
        self._first = int((1.0 - share) * (steps // self._every))
        self._mean: AveragedModel | None = None

    def take(self, taken: int) -> None:
        """The weights after `taken` steps, if they are among those that count."""
        number, rest = divmod(taken, self._every)
        if not rest and number > self._first:
            self._begun().update_parameters(self._top)

    @torch.no_grad()
    def choose(self) -> None:
        """Give the network the mean, if there is one."""
        if self._mean is not None:
            for own, mean in zip(self._top.parameters(), self._mean.module.parameters(), strict=True):
                own.copy_(mean)

    def state(self) -> dict[str, Any] | None:
        """What going on needs."""
        return None if self._mean is None else self._mean.state_dict()

    def load(self, state: dict[str, Any] | None) -> None:
        """Take `state` back."""
        if state is not None:
            self._begun().load_state_dict(state)

    def _begun(self) -> AveragedModel:
        if self._mean is None:
            self._mean = AveragedModel(self._top)
        return self._mean


def between(before: State, after: State, kept: float) -> State:
    """Weights on the way from `after` back to `before`: so much of `before` is `kept`, from 0 to 1."""
    return {
        part: {name: torch.lerp(value, before[part][name], kept) for name, value in values.items()}
        for part, values in after.items()
    }
