"""Starts: a checkpoint of transformers gives the network its own states, a name that leads nowhere says so."""

from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
import soxr
import torch
from transformers import BertConfig, Wav2Vec2Config, Wav2Vec2ForCTC, Wav2Vec2Model, WhisperConfig, WhisperModel

from diktor.errors import DiktorError
from diktor.learning import starts
from diktor.learning.backbone import Doubled
from diktor.learning.export.convert import check_parity, to_int8, to_onnx
from diktor.learning.model import DefectNet, MemberSpec
from diktor.learning.stages import calibration_windows

SPEC = MemberSpec("small", layers=2, tuned=1, hidden=8, far=5)


@pytest.fixture(scope="module")
def windows(corpus: Path) -> np.ndarray:
    return calibration_windows(corpus, 2)[:3]


def _changed(folder: Path, other: Path, **changes: int) -> None:
    """A Whisper like the one in `folder`, of another size."""
    WhisperModel(WhisperConfig.from_pretrained(folder, **changes)).save_pretrained(other)


def _wav2vec2(folder: Path, stable: bool, **changes: object) -> Wav2Vec2Model:
    sizes = {
        "hidden_size": 32,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "intermediate_size": 96,
        "conv_dim": (16,) * 7,
        "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 4,
        "vocab_size": 16,
        "do_stable_layer_norm": stable,
        "feat_extract_norm": "layer" if stable else "group",
    }
    torch.manual_seed(2)
    model = Wav2Vec2ForCTC(Wav2Vec2Config(**{**sizes, **changes})).eval()  # as fine-tuned checkpoints are kept
    model.save_pretrained(folder)
    return model.wav2vec2


def _start(folder: Path, windows: np.ndarray) -> DefectNet:
    return starts.built(starts.find(str(folder), SPEC.layers, 1), SPEC, windows)


@torch.no_grad()
def test_a_whisper_checkpoint_of_any_size_gives_its_layers_and_its_first_convolutions(
    tiny_whisper: Path, windows: np.ndarray
) -> None:
    whisper = WhisperModel.from_pretrained(tiny_whisper)
    net = _start(tiny_whisper, windows)
    found = net.lower(torch.from_numpy(windows), 2)
    expected = found[0]
    for layer, states in zip(whisper.encoder.layers, found[1:], strict=True):
        output = layer(expected, attention_mask=None)
        expected = output[0] if isinstance(output, tuple) else output
        torch.testing.assert_close(states, expected, rtol=1e-4, atol=1e-4)
    positions = whisper.encoder.embed_positions.weight[:250]
    assert torch.equal(net.body.encoder.pos_conv_embed.encodings, positions)
    assert net(torch.from_numpy(windows))[0].shape[:2] == (3, 250)


@torch.no_grad()
@pytest.mark.parametrize("stable", [True, False])
def test_a_wav2vec2_checkpoint_gives_the_states_it_has_itself(
    tmp_path: Path, windows: np.ndarray, stable: bool
) -> None:
    theirs = _wav2vec2(tmp_path, stable)
    net = _start(tmp_path, windows)
    expected = theirs(net.intake(torch.from_numpy(windows)), output_hidden_states=True).hidden_states
    found = net.lower(torch.from_numpy(windows), 2)
    assert found[0].shape == (3, 250, 32)
    for states, wanted in zip(found, expected[:3], strict=True):
        torch.testing.assert_close(states, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["whisper", "wav2vec2"])
def test_a_member_of_another_start_can_be_shipped(
    tmp_path: Path, tiny_whisper: Path, windows: np.ndarray, kind: str
) -> None:
    _wav2vec2(tmp_path / "wav2vec2", stable=False)
    net = _start(tiny_whisper if kind == "whisper" else tmp_path / "wav2vec2", windows)
    to_onnx(net, tmp_path / "float.onnx")
    check_parity(net, tmp_path / "float.onnx", windows)
    to_int8(tmp_path / "float.onnx", tmp_path / "model.onnx", net.backbone)
    assert (tmp_path / "model.onnx").stat().st_size < (tmp_path / "float.onnx").stat().st_size


def test_windows_are_heard_at_16_khz_as_a_resampler_makes_them() -> None:
    time = np.arange(4000) / 8000
    samples = sum(np.sin(2 * np.pi * hertz * time) for hertz in (180, 900, 2400, 3500)).astype(np.float32)
    found = Doubled()(torch.from_numpy(samples)[None])[0].numpy()
    wanted = soxr.resample(samples, 8000, 16000, "VHQ")
    assert np.abs(found - wanted)[400:-400].max() < 0.01


def test_from_scratch_nothing_is_whispers_and_a_seed_gives_the_same(windows: np.ndarray) -> None:
    first, second = (starts.built(starts.find("scratch", 1, seed), MemberSpec("s", 1, 0), windows) for seed in (1, 1))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    other = starts.find("scratch", 1, 2).whisper
    known = starts.find("scratch", 1, 1).whisper
    assert other is not None
    assert known is not None
    assert not np.array_equal(known["layer_0/ffn/linear_0/weight"], other["layer_0/ffn/linear_0/weight"])


def test_what_cannot_be_started_from_is_named(
    tmp_path: Path, tiny_whisper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    BertConfig().save_pretrained(tmp_path / "bert")
    _changed(tiny_whisper, tmp_path / "shallow", encoder_layers=1)
    _changed(tiny_whisper, tmp_path / "wide", num_mel_bins=128)
    _wav2vec2(tmp_path / "slow", True, conv_stride=(5, 2, 2, 2, 2, 2, 4))
    reasons = {
        "nobody/nothing": "nobody/nothing cannot be started from",
        str(tmp_path / "missing"): "cannot be started from",
        str(tmp_path / "bert"): "is a bert",
        str(tmp_path / "shallow"): "has 1 layers, a member wants 2",
        str(tmp_path / "wide"): "128 mel bands",
        str(tmp_path / "slow"): "frames of 40 ms",
    }
    for start, reason in reasons.items():
        with pytest.raises(DiktorError, match=reason):
            starts.built(starts.find(start, 2, 1), SPEC, np.zeros((1, 40_000), np.float32))
