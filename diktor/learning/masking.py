"""Masking after SpecAugment (Park et al., 2019), on states: stretches of frames and of channels are set to zero."""

import torch
from torch import Tensor

STRETCH = (5, 16)
"""Frames (100 ms: about one sound) and channels that go together."""


def masked(hidden: Tensor, share: float) -> Tensor:
    """(B, T, W) states with about `share` of their frames and `share` of their channels zero; torch's generator."""
    if not share:
        return hidden
    batch, frames, channels = hidden.shape
    kept = (
        ~_covered(batch, frames, STRETCH[0], share)[:, :, None] & ~_covered(batch, channels, STRETCH[1], share)[:, None]
    )
    return hidden * kept.to(hidden.device)


def _covered(batch: int, size: int, stretch: int, share: float) -> Tensor:
    """(batch, size) bool: each place is covered with probability `share`, by stretches that may overlap."""
    begun = torch.rand(batch, size + stretch - 1) < 1.0 - (1.0 - share) ** (1.0 / stretch)
    return begun.unfold(1, stretch, 1).any(-1)
