"""A member before training: Whisper's positions and first layers in the network's place, its front-end calibrated."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from diktor.learning import frontend
from diktor.learning.backbone import FRAMES, WHISPER_BASE, Backbone
from diktor.learning.model import DefectNet, MemberSpec
from diktor.learning.whisper_weights import Weights


def build(
    spec: MemberSpec,
    whisper: Weights | None,
    windows: NDArray[np.float32] | None,
    backbone: Backbone = WHISPER_BASE,
) -> DefectNet:
    """A member before training: from Whisper's weights and calibration `windows`, or from noise (`None`: for tests)."""
    torch.manual_seed(spec.seed)
    net = DefectNet(spec, backbone=backbone)
    if whisper is not None:
        transplant(net, whisper)
        if windows is not None:
            frontend.calibrate(net.body.feature_extractor, net.body.feature_projection, whisper, windows)
    for parameter in (*net.body.feature_extractor.parameters(), *net.body.feature_projection.parameters()):
        parameter.requires_grad_(False)
    net.eval()
    return net


@torch.no_grad()
def transplant(net: DefectNet, whisper: Weights) -> None:
    """Whisper's positions and first layers as this network's: the blocks are the same, the names are not."""

    def put(
        module: nn.Module, name: str, parts: tuple[str, str] = ("weight", "bias"), rows: slice = slice(None)
    ) -> None:
        module.weight.copy_(torch.from_numpy(whisper[f"{name}/{parts[0]}"][rows].copy()))
        module.bias.copy_(torch.from_numpy(whisper[f"{name}/{parts[1]}"][rows].copy()))

    encodings = torch.from_numpy(whisper["position_encodings/encodings"][:FRAMES].copy())
    net.body.encoder.pos_conv_embed.encodings.copy_(encodings)
    width = net.backbone.width
    for number, layer in enumerate(net.body.encoder.layers):
        name = f"layer_{number}"
        attention, forward = layer.attention, layer.feed_forward
        for place, module in enumerate((attention.q_proj, attention.k_proj, attention.v_proj)):
            put(module, f"{name}/self_attention/linear_0", rows=slice(place * width, (place + 1) * width))
        put(attention.out_proj, f"{name}/self_attention/linear_1")
        put(forward.intermediate_dense, f"{name}/ffn/linear_0")
        put(forward.output_dense, f"{name}/ffn/linear_1")
        put(layer.layer_norm, f"{name}/self_attention/layer_norm", ("gamma", "beta"))
        put(layer.final_layer_norm, f"{name}/ffn/layer_norm", ("gamma", "beta"))
