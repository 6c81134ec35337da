"""Whisper's own front-end at 16 kHz: what the network's waveform front-end is made to equal."""

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import resample_poly
from torch import Tensor, nn

from diktor.learning.whisper_weights import Weights

LEVEL = 0.05
"""Effective value at which the teacher hears a normalised window: an ordinary recording's."""


@lru_cache(maxsize=1)
def mel_filters() -> Tensor:
    """Whisper's 80 mel bands over the 201 bins of a 400-point transform at 16 kHz: (80, 201)."""
    from faster_whisper.feature_extractor import FeatureExtractor

    return torch.from_numpy(FeatureExtractor().mel_filters.astype(np.float32))


def at_16_khz(windows: NDArray[np.float32]) -> Tensor:
    """Normalised windows (B, N) at 8 kHz → (B, 2N) at 16 kHz and an ordinary level."""
    return torch.from_numpy(resample_poly(windows * LEVEL, 2, 1, axis=-1).astype(np.float32))


def log_mel(samples: Tensor) -> Tensor:
    """(B, N) at 16 kHz → (B, 80, N/160), as Whisper computes and scales it."""
    spectrum = torch.stft(samples, 400, 160, window=torch.hann_window(400), return_complex=True, center=True)
    power = spectrum[..., :-1].abs() ** 2
    mel = (mel_filters() @ power).clamp_min(1e-10).log10()
    mel = torch.maximum(mel, mel.amax((1, 2), keepdim=True) - 8.0)
    return (mel + 4.0) / 4.0


def embeddings(mel: Tensor, whisper: Weights) -> Tensor:
    """(B, 80, T) → (B, T/2, 512): Whisper's two convolutions, before positions are added."""
    hidden = nn.functional.gelu(nn.functional.conv1d(mel, *_conv(whisper, "conv1"), padding=1))
    hidden = nn.functional.gelu(nn.functional.conv1d(hidden, *_conv(whisper, "conv2"), stride=2, padding=1))
    return hidden.transpose(1, 2)


def _conv(whisper: Weights, name: str) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(whisper[f"{name}/weight"].copy()), torch.from_numpy(whisper[f"{name}/bias"].copy())
