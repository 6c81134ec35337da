"""What stands below the heads: a wav2vec2 of Whisper's form that hears 8 kHz, or a wav2vec2 as it comes, at 16 kHz."""

import math
from typing import Any, Literal, Self

import msgspec
import torch
from torch import Tensor, nn
from transformers import Wav2Vec2Config, Wav2Vec2Model

from diktor.errors import DiktorError
from diktor.learning import frontend

SAMPLES = 40_000
FRAMES = 250
"""Frames of 20 ms in a window of 5 s."""

STRIDE = 320
"""Samples of 16 kHz in a frame."""

TAPS = 64
"""Of the interpolation to 16 kHz: flat up to 3.8 kHz."""

STILL: dict[str, Any] = {
    "apply_spec_augment": False,
    "mask_time_prob": 0.0,
    "mask_feature_prob": 0.0,
    "hidden_dropout": 0.0,
    "attention_dropout": 0.0,
    "activation_dropout": 0.0,
    "feat_proj_dropout": 0.0,
    "layerdrop": 0.0,
    "attn_implementation": "sdpa",
}
"""Nothing in a backbone is random: what is frozen has to give the same states again."""


class Backbone(msgspec.Struct, frozen=True):
    """A backbone's form and what transformers needs to build it; how many layers of it, the member says.

    `whisper`: front-end of `frontend`, Whisper's positions. `wav2vec2`: its own of both.
    """

    form: Literal["whisper", "wav2vec2"]
    config: dict[str, Any]

    @classmethod
    def whisper(cls, width: int, heads: int, inner: int) -> Self:
        """Of the size of some Whisper's encoder."""
        return cls(
            "whisper",
            {
                "hidden_size": width,
                "num_attention_heads": heads,
                "intermediate_size": inner,
                "hidden_act": "gelu",
                "do_stable_layer_norm": True,
                "feat_extract_norm": "layer",
                "feat_extract_activation": "gelu",
                "conv_bias": True,
                "conv_dim": list(frontend.dimensions(width)),
                "conv_kernel": list(frontend.KERNELS),
                "conv_stride": list(frontend.STRIDES),
                "num_conv_pos_embeddings": 16,
                "num_conv_pos_embedding_groups": 16,
                "vocab_size": 32,
            },
        )

    @property
    def width(self) -> int:
        """Values per frame."""
        return int(self.config["hidden_size"])

    @property
    def inner(self) -> int:
        """Values inside a layer's feed-forward part."""
        return int(self.config["intermediate_size"])

    def configuration(self, layers: int) -> Wav2Vec2Config:
        """For transformers, with so many layers."""
        return Wav2Vec2Config(**{**self.config, **STILL, "num_hidden_layers": layers})


WHISPER_BASE = Backbone.whisper(512, 8, 2048)


class Positions(nn.Module):
    """Whisper's sinusoids in the place of wav2vec2's convolutional positions."""

    def __init__(self, encodings: Tensor) -> None:
        super().__init__()
        self.register_buffer("encodings", encodings.clone())

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, T, width) → the positions of its frames."""
        return self.encodings[None, : hidden.shape[1]].expand(hidden.shape[0], -1, -1)


class Doubled(nn.Module):
    """From 8 to 16 kHz by one fixed convolution: samples stay, a Kaiser-windowed sinc puts one between each two."""

    def __init__(self) -> None:
        super().__init__()
        time = torch.arange(TAPS, dtype=torch.float64) - (TAPS - 1) / 2
        between = torch.sinc(time) * torch.kaiser_window(TAPS, periodic=False, beta=6.0, dtype=torch.float64)
        same = torch.zeros(TAPS, dtype=torch.float64)
        same[TAPS // 2 - 1] = 1.0
        phases = torch.stack([same, between / between.sum()])
        self.register_buffer("phases", phases.float()[:, None], persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """(B, N) → (B, 2N)."""
        padded = nn.functional.pad(samples, (TAPS // 2 - 1, TAPS // 2))
        return nn.functional.conv1d(padded[:, None], self.phases).transpose(1, 2).flatten(1)


def assemble(backbone: Backbone, layers: int) -> tuple[nn.Module, Wav2Vec2Model]:
    """What makes a window the body's input, and the body itself, from noise.

    A norm after the last layer is left out, for the heads have their own.

    Raises:
        DiktorError: its frames are not those of 20 ms.
    """
    body = Wav2Vec2Model(backbone.configuration(layers))
    if body.config.do_stable_layer_norm:
        body.encoder.layer_norm = nn.Identity()
    if backbone.form == "whisper":
        body.encoder.pos_conv_embed = Positions(torch.zeros(FRAMES, backbone.width))
        return nn.ConstantPad1d(frontend.PAD, 0.0), body
    plain(body)
    return nn.Sequential(Doubled(), nn.ConstantPad1d(_padding(body.config), 0.0)), body


def plain(body: Wav2Vec2Model) -> Wav2Vec2Model:
    """Positions with their weights as they are, not as a product of length and direction."""
    nn.utils.parametrize.remove_parametrizations(body.encoder.pos_conv_embed.conv, "weight")
    return body


def _padding(config: Wav2Vec2Config) -> tuple[int, int]:
    """Zeros before and after a window at 16 kHz that make it `FRAMES` frames."""
    seen, stride = 1, 1
    for kernel, step in zip(config.conv_kernel, config.conv_stride, strict=True):
        seen, stride = seen + (kernel - 1) * stride, stride * step
    if stride != STRIDE:
        raise DiktorError(
            f"this wav2vec2 has frames of {stride / 16:g} ms", f"Start from one with frames of {STRIDE // 16} ms"
        )
    lacking = STRIDE * (FRAMES - 1) + seen - 2 * SAMPLES
    return math.floor(lacking / 2), math.ceil(lacking / 2)
