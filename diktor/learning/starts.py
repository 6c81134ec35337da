"""What members start from: the packaged Whisper base, noise, a checkpoint of transformers, or a run of before."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoConfig, WhisperConfig, WhisperModel
from transformers import Wav2Vec2Model as Wav2Vec2
from transformers import logging as chatter

from diktor.errors import DiktorError
from diktor.learning.backbone import FRAMES, WHISPER_BASE, Backbone, plain
from diktor.learning.model import DefectNet, MemberSpec
from diktor.learning.run import PACKAGED, Run, canonical, origin, save
from diktor.learning.transplant import build
from diktor.learning.whisper_weights import Weights, encoder_weights

MELS = 80
"""Bands of the Whispers whose front-end the network can be set to; large-v3 has 128."""

_USES = "Name whisper-start, scratch, a folder with a Whisper or wav2vec2 of transformers, a name of the hub, or a run"

_SAME = (
    ("self_attn.out_proj", "self_attention/linear_1", ("weight", "bias")),
    ("fc1", "ffn/linear_0", ("weight", "bias")),
    ("fc2", "ffn/linear_1", ("weight", "bias")),
    ("self_attn_layer_norm", "self_attention/layer_norm", ("gamma", "beta")),
    ("final_layer_norm", "ffn/layer_norm", ("gamma", "beta")),
)
"""Parts of a Whisper layer: transformers' name, CTranslate2's, and what weight and bias are called there."""

_OURS = {"hidden_size", "intermediate_size", "num_attention_heads", "hidden_act", "layer_norm_eps"}
_PREFIXES = ("conv_", "feat_", "num_conv_", "num_feat_", "do_stable_")


class Source(NamedTuple):
    """A start that was found: its form, and either Whisper's weights or a whole body's by name."""

    backbone: Backbone
    whisper: Weights | None
    body: dict[str, Tensor] | None


def find(start: str, layers: int, seed: int) -> Source:
    """The weights that `start` names, of at least so many layers.

    `whisper-start` is the packaged Whisper base; `scratch` has nothing that was learnt: its log-mel is computed, all
    else is noise of the seed.

    Raises:
        DiktorError: there is nothing of the name, it is no Whisper or wav2vec2, or has too few layers.
    """
    if canonical(start) == PACKAGED:
        return Source(WHISPER_BASE, encoder_weights(), None)
    if start == "scratch":
        torch.manual_seed(seed)
        return _of_whisper(WhisperModel(_whisper_of_base_size(layers)), layers)
    if (Path(start) / "start.pt").exists():
        run = Run(Path(start), Path(start))
        return _of_run(run, layers)
    return _of_checkpoint(start, layers)


def built(source: Source, spec: MemberSpec, windows: NDArray[np.float32]) -> DefectNet:
    """A member as it starts; the front-end of a Whisper is calibrated on normalised `windows` (B, 40000)."""
    net = build(spec, source.whisper, windows, source.backbone)
    if source.body is not None:
        missing, _ = net.load_state_dict(source.body, strict=False)
        lacking = [name for name in missing if name.startswith("body.")]
        if lacking:
            raise DiktorError(f"the start lacks {', '.join(lacking[:3])}, …", _USES)
    return net


def inherit(run: Run, start: str, specs: Sequence[MemberSpec]) -> None:
    """Take the trained parts of the members of an earlier run that have the same names, if `start` is a run.

    Raises:
        DiktorError: a member of the name has another shape.
    """
    before = Run(Path(start), Path(start))
    if not before.start.exists():
        return
    for spec in specs:
        found = [path for stage in ("stage2", "stage1") if (path := before.weights(spec, stage)).exists()]
        if not found:
            continue
        state = torch.load(found[0], weights_only=True)
        try:
            DefectNet(spec, run.taxonomy, origin(before).backbone).load_trained(state)
        except (KeyError, RuntimeError) as error:
            raise DiktorError(f"{spec.name} of {start} has another shape: {error}", "Start from another run") from error
        save(run.weights(spec, "before"), state)


def _of_run(run: Run, layers: int) -> Source:
    body = torch.load(run.start, weights_only=True)
    there = {int(name.split(".")[3]) for name in body if name.startswith("body.encoder.layers.")}
    _enough(str(run.folder), len(there), layers)
    return Source(origin(run).backbone, None, body)


def _of_checkpoint(start: str, layers: int) -> Source:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        usual = chatter.get_verbosity()
        chatter.set_verbosity_error()  # it lists every weight that is not used
        chatter.disable_progress_bar()
        try:
            config = AutoConfig.from_pretrained(start)
            if config.model_type == "whisper":
                _enough(start, config.encoder_layers, layers)
                return _of_whisper(WhisperModel.from_pretrained(start), layers)
            if config.model_type == "wav2vec2":
                _enough(start, config.num_hidden_layers, layers)
                return _of_wav2vec2(Wav2Vec2.from_pretrained(start, **_kept_whole(config)))
        except (OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
            raise DiktorError(f"{start} cannot be started from: {reason}", _USES) from error
        finally:
            chatter.set_verbosity(usual)
            chatter.enable_progress_bar()
    raise DiktorError(f"{start} is a {config.model_type}, not a Whisper or wav2vec2", _USES)


def _kept_whole(config: Any) -> dict[str, Any]:
    """A checkpoint's adapter would shorten its output; the body here ends before it."""
    return {"add_adapter": False} if getattr(config, "add_adapter", False) else {}


def _of_whisper(model: Any, layers: int) -> Source:
    """transformers' names of Whisper's encoder as CTranslate2's, which `transplant` knows."""
    config, state = model.config, model.encoder.float().state_dict()
    if config.num_mel_bins != MELS:
        raise DiktorError(f"this Whisper hears {config.num_mel_bins} mel bands", f"Start from one that hears {MELS}")
    if config.max_source_positions < FRAMES:
        raise DiktorError(f"this Whisper knows {config.max_source_positions} positions", f"It takes {FRAMES}")
    values = {name: value.numpy() for name, value in state.items()}
    found = {f"{conv}/{part}": values[f"{conv}.{part}"] for conv in ("conv1", "conv2") for part in ("weight", "bias")}
    found["position_encodings/encodings"] = values["embed_positions.weight"]
    for number in range(layers):
        found.update(_whisper_layer(values, f"layers.{number}", f"layer_{number}"))
    width, inner = config.d_model, config.encoder_ffn_dim
    return Source(Backbone.whisper(width, config.encoder_attention_heads, inner), found, None)


def _whisper_layer(values: Weights, theirs: str, ours: str) -> dict[str, NDArray[np.float32]]:
    bias = values[f"{theirs}.self_attn.q_proj.bias"]
    biases = [bias, np.zeros_like(bias), values[f"{theirs}.self_attn.v_proj.bias"]]  # k has none
    found = {
        f"{ours}/self_attention/linear_0/weight": np.concatenate(
            [values[f"{theirs}.self_attn.{part}_proj.weight"] for part in "qkv"]
        ),
        f"{ours}/self_attention/linear_0/bias": np.concatenate(biases),
    }
    for name, called, parts in _SAME:
        for part, theirs_part in zip(parts, ("weight", "bias"), strict=True):
            found[f"{ours}/{called}/{part}"] = values[f"{theirs}.{name}.{theirs_part}"]
    return found


def _of_wav2vec2(model: Any) -> Source:
    config = model.config.to_dict()
    kept = {name: value for name, value in config.items() if name in _OURS or name.startswith(_PREFIXES)}
    state = {f"body.{name}": value for name, value in plain(model.float()).state_dict().items()}
    if config["do_stable_layer_norm"]:
        state = {name: value for name, value in state.items() if not name.startswith("body.encoder.layer_norm.")}
    return Source(Backbone("wav2vec2", {**kept, "vocab_size": 32}), None, state)


def _enough(start: str, there: int, layers: int) -> None:
    if there < layers:
        raise DiktorError(f"{start} has {there} layers, a member wants {layers}", "Start from a deeper one")


def _whisper_of_base_size(layers: int) -> WhisperConfig:
    base = WHISPER_BASE.config
    return WhisperConfig(
        vocab_size=64,
        d_model=base["hidden_size"],
        encoder_layers=layers,
        encoder_attention_heads=base["num_attention_heads"],
        encoder_ffn_dim=base["intermediate_size"],
        decoder_layers=1,
        decoder_attention_heads=1,
        decoder_ffn_dim=8,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
