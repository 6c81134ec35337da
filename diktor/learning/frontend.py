"""wav2vec2's convolutional encoder set, in closed form, to what Whisper's log-mel front-end does. No gradient.

Four convolutions over 8 kHz samples: (1) a windowed Fourier transform in five phases, whose GELU is nearly a half-wave
rectifier; (2) pooling into mel bands, each at nine log-spaced knots; (3) Whisper's first convolution after the
logarithm that least squares builds from the knots; (4) Whisper's second. The layer norms between them cannot be left
out, so that spare channels of constant size make them do nothing.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from diktor.learning import teacher
from diktor.learning.whisper_weights import Weights

PAD = (260, 100)
"""Zeros before and after a window of 40,000 samples: 250 frames come out."""

BINS, PHASES = 100, 5
MELS = 62
"""Whisper's mel bands below 4 kHz."""

KNOTS = 9
SPARE = (12, 26, 8, 8)
"""Channels per convolution that only keep the layer norms still."""

KERNELS, STRIDES = (200, 1, 3, 3), (80, 1, 1, 2)

GAIN = 30.0
"""Of the rectified Fourier bins: large, so that GELU's soft corner is small beside them."""

SHARP = 4.0
"""Of the knots, for the same reason."""

CONSTANTS = (3000.0, 1e4, 2000.0, 2000.0)
"""Size of the spare channels: above everything else in the layer, and small enough for fp32 to keep the rest exact."""

OFFSET = 300.0
"""Of the last spare channels, by which the projection undoes its own layer norm."""

RANGE = 1000.0
"""Largest ratio of a band's loud to its quiet: what the spare channels of the second layer can hold."""

RIDGE = 1e-5
"""Of the least squares, relative to the variance of a knot."""

SHIFT = 2
"""Frames of 10 ms by which the padded transform runs ahead of the teacher's."""


class Mel(NamedTuple):
    """The second layer's pooling (MELS, BINS · PHASES) and the knots (MELS, KNOTS) of each band."""

    pooling: Tensor
    knots: Tensor


def dimensions(width: int) -> tuple[int, int, int, int]:
    """Channels of the four convolutions for a Whisper of so many values per frame."""
    return BINS * PHASES + SPARE[0], MELS * KNOTS + SPARE[1], width + SPARE[2], width + SPARE[3]


@torch.no_grad()
def calibrate(extractor: nn.Module, projection: nn.Module, whisper: Weights, windows: NDArray[np.float32]) -> None:
    """Set wav2vec2's feature extractor and projection.

    Args:
        extractor: `Wav2Vec2Model.feature_extractor` of `dimensions`, `KERNELS`, `STRIDES`, with layer norms and biases.
        projection: `Wav2Vec2Model.feature_projection` to the encoder's width.
        whisper: the encoder's weights.
        windows: (B, 40000) normalised training windows; some tens of them suffice.
    """
    first, second, third, fourth = extractor.conv_layers
    _fourier(first)
    spectrum = first(nn.functional.pad(torch.from_numpy(windows), PAD)[:, None])
    mel = _mel_knots(spectrum[:, : BINS * PHASES])
    _pool(second, mel)
    knots = second(spectrum)[:, : MELS * KNOTS]
    logarithm, offset = _logarithm(knots, teacher.log_mel(teacher.at_16_khz(windows)))
    weight, bias = (torch.from_numpy(whisper[f"conv1/{part}"].copy()).double() for part in ("weight", "bias"))
    width = len(bias)
    _clear(third)
    third.conv.weight[:width, : MELS * KNOTS] = torch.einsum("ojt,ju->out", weight, logarithm).float()
    third.conv.bias[:width] = (bias + torch.einsum("ojt,j->o", weight, offset)).float()
    _still(third, 2)
    _clear(fourth)
    fourth.conv.weight[:width, :width] = torch.from_numpy(whisper["conv2/weight"].copy())
    fourth.conv.bias[:width] = torch.from_numpy(whisper["conv2/bias"].copy())
    _still(fourth, 3)
    fourth.layer_norm.bias[width:] = OFFSET
    _project(projection, fourth(third(second(spectrum[:16]))))


def _clear(layer: nn.Module) -> None:
    layer.conv.weight.zero_()
    layer.conv.bias.zero_()


def _still(layer: nn.Module, number: int) -> float:
    """Fill the layer's spare channels so that its norm has mean 0 and a constant deviation; returns the deviation."""
    spare, size = SPARE[number], CONSTANTS[number]
    used = len(layer.conv.weight) - spare
    sign = torch.tensor([1.0, -1.0]).repeat(spare // 2 + 1)[:spare]
    sign = sign - sign.mean()
    weight, bias = layer.conv.weight, layer.conv.bias
    weight[used:] = -weight[:used].double().sum(0, keepdim=True).float() / spare
    bias[used:] = -bias[:used].double().sum().float() / spare + size * sign
    deviation = math.sqrt(float(((size * sign) ** 2).sum()) / len(weight))
    layer.layer_norm.weight.fill_(deviation)
    layer.layer_norm.bias.zero_()
    layer.layer_norm.weight[used:] = 0.0
    return deviation


def _fourier(layer: nn.Module) -> None:
    """Hann-windowed cosines of 40 Hz steps in five phases: their rectified sum is the magnitude."""
    time, bins = torch.arange(200) - 100, torch.arange(1, BINS + 1)
    phases = torch.arange(PHASES) * 2 * torch.pi / PHASES
    angle = 2 * torch.pi * bins[:, None, None] * time[None, None] / 200 + phases[None, :, None]
    _clear(layer)
    layer.conv.weight[: BINS * PHASES] = (torch.hann_window(200) * torch.cos(angle)).reshape(-1, 1, 200)
    deviation = _still(layer, 0)
    layer.layer_norm.weight[: BINS * PHASES] = deviation * GAIN


def _mel_knots(spectrum: Tensor) -> Mel:
    """Whisper's mel bands over our bins, on magnitudes, and where each band's knots lie: from its quiet to its loud."""
    bands = teacher.mel_filters()[:, 1 : BINS + 1]
    bands = bands[bands.sum(1) > 0][:MELS] ** 0.5
    pooling = (bands / bands.sum(1, keepdim=True)).repeat_interleave(PHASES, 1) / GAIN
    level = torch.einsum("jc,bct->jbt", pooling, spectrum).reshape(MELS, -1)
    quiet = torch.from_numpy(np.quantile(level.numpy(), 0.02, axis=1)).float()
    loud = torch.from_numpy(np.quantile(level.numpy(), 0.9995, axis=1)).float()
    quiet = torch.maximum(quiet, loud / RANGE)
    steps = torch.arange(KNOTS) / (KNOTS - 1)
    return Mel(pooling, quiet[:, None] * (loud / quiet * 0.8).clamp_min(2.0)[:, None] ** steps[None])


def _pool(layer: nn.Module, mel: Mel) -> None:
    _clear(layer)
    scaled = mel.pooling[:, None] / mel.knots[..., None] * SHARP
    layer.conv.weight[: MELS * KNOTS, : BINS * PHASES, 0] = scaled.reshape(MELS * KNOTS, -1)
    layer.conv.bias[: MELS * KNOTS] = -SHARP
    layer.layer_norm.weight[: MELS * KNOTS] = _still(layer, 1)


def _logarithm(knots: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Least squares from the knots of a band and its neighbours to the teacher's log-mel: (80, knots) and (80,)."""
    frames = target.shape[-1]
    heard = knots[:, :, SHIFT : SHIFT + frames].permute(1, 0, 2).reshape(MELS, KNOTS, -1).double()
    wanted = target.permute(1, 0, 2).reshape(len(target[0]), -1).double()
    weights = torch.zeros(len(wanted), MELS * KNOTS, dtype=torch.float64)
    offset = wanted.mean(1)
    for band in range(MELS):
        near = range(max(0, band - 1), min(MELS, band + 2))
        x = torch.cat([heard[other] for other in near]).T
        mean, deviation = x.mean(0), x.std(0) + 1e-6
        z = (x - mean) / deviation
        ridge = RIDGE * len(z) * torch.eye(z.shape[1], dtype=torch.float64)
        found = torch.linalg.solve(z.T @ z + ridge, z.T @ (wanted[band] - offset[band])) / deviation
        weights[band, near.start * KNOTS : near.stop * KNOTS] = found
        offset[band] -= (found * mean).sum()
    return weights, offset


def _project(projection: nn.Module, output: Tensor) -> None:
    """The projection as an identity: its norm's mean stands in the spare channels and is taken away again."""
    deviation = (output.transpose(1, 2).var(-1, unbiased=False) + 1e-5).sqrt().mean()
    projection.layer_norm.weight.fill_(1.0)
    projection.layer_norm.bias.zero_()
    projection.projection.weight.zero_()
    width = len(projection.projection.weight)
    projection.projection.weight[:, :width] = torch.eye(width) * deviation
    projection.projection.weight[:, width:] = -deviation / SPARE[3]
    projection.projection.bias.fill_(OFFSET)


def fit(reached: Tensor, wanted: Tensor) -> float:
    """The share of the teacher's variance that the front-end gives back (R², over all channels)."""
    error = ((reached - wanted) ** 2).sum()
    spread = ((wanted - wanted.mean((0, 1))) ** 2).sum()
    return 1.0 - float(error / spread)
