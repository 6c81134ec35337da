from pathlib import Path

import numpy as np
import torch
from scipy.special import erf

from diktor.learning import frontend, teacher
from diktor.learning.model import MemberSpec
from diktor.learning.stages import calibration_windows
from diktor.learning.transplant import build
from diktor.learning.whisper_weights import Weights

SMALL = MemberSpec("small", layers=2, tuned=1)
HELD_OUT_FIT = 0.85


def test_transplanted_layers_compute_what_whispers_do(whisper: Weights) -> None:
    net = build(SMALL, whisper, None)
    hidden = np.random.default_rng(0).normal(size=(60, 512)).astype(np.float32)
    expected = hidden
    with torch.no_grad():
        found = torch.from_numpy(hidden)[None]
        for number, layer in enumerate(net.body.encoder.layers):
            output = layer(found)
            found = output[0] if isinstance(output, tuple) else output
            expected = _whisper_layer(whisper, f"layer_{number}", expected)
    np.testing.assert_allclose(found[0].numpy(), expected, rtol=1e-4, atol=1e-4)


def test_positions_are_whispers(whisper: Weights) -> None:
    net = build(SMALL, whisper, None)
    found = net.body.encoder.pos_conv_embed(torch.zeros(2, 250, 512))
    np.testing.assert_array_equal(found[1].numpy(), whisper["position_encodings/encodings"][:250])


def test_the_front_end_gives_whispers_embedding_on_voices_it_was_not_calibrated_on(
    whisper: Weights, corpus: Path
) -> None:
    net = build(SMALL, whisper, calibration_windows(corpus, 1))
    for split in ("dev", "test"):
        windows = calibration_windows(corpus, 1, split)[:6]
        with torch.no_grad():
            found = net.lower(torch.from_numpy(windows), 0)[0] - net.body.encoder.pos_conv_embed.encodings
            wanted = teacher.embeddings(teacher.log_mel(teacher.at_16_khz(windows)), whisper)
        assert frontend.fit(found, wanted) > HELD_OUT_FIT


def test_a_network_from_noise_has_the_contracts_outputs() -> None:
    net = build(SMALL, None, None)
    with torch.no_grad():
        markers, with_, without = net(torch.randn(2, 40_000))
    assert (markers.shape, with_.shape, without.shape) == ((2, 250, 2), (2, 250, 3), (2, 250, 3))
    assert bool((markers > 0).all())


def test_a_member_has_no_say_in_what_it_does_not_hear() -> None:
    one, other = (
        build(MemberSpec("m", layers=1, tuned=0, hidden=8, far=5, hears=hears), None, None)
        for hears in ((), ("fricative_g", "stuttering"))
    )
    windows = torch.randn(1, 40_000)
    with torch.no_grad():
        everything, some = one(windows), other(windows)
    for whole, part, heard in zip(everything, some, ((1,), (1, 2), (1, 2)), strict=True):
        assert not torch.isnan(whole).any()
        assert torch.isnan(part[..., 0]).all()
        assert torch.equal(part[..., heard], whole[..., heard])


def test_dilated_convolutions_see_further() -> None:
    """A frame that alone differs changes what is said of stuttering as far away as the convolutions reach."""
    spec = MemberSpec("m", layers=1, tuned=0, hidden=8, near=1, far=3, dilations=(1, 4))
    heads = build(spec, None, None).heads
    still, moved = torch.zeros(1, 250, 512), torch.zeros(1, 250, 512)
    moved[0, 100] = torch.linspace(-1, 1, 512)
    with torch.no_grad():
        apart = (heads(still).without - heads(moved).without)[0, :, 2].abs() > 1e-7
    assert apart.nonzero().flatten().tolist() == sorted({100 + a + b for a in (-1, 0, 1) for b in (-4, 0, 4)})


def test_trained_parts_can_be_taken_out_and_put_back() -> None:
    first, second = build(SMALL, None, None), build(SMALL, None, None)
    with torch.no_grad():
        for part in first.trained().values():
            for parameter in part.parameters():
                parameter.add_(1.0)
    second.load_trained(first.trained_state())
    for (name, value), other in zip(first.state_dict().items(), second.state_dict().values(), strict=True):
        assert torch.equal(value, other), name


def _whisper_layer(weights: Weights, name: str, hidden: np.ndarray) -> np.ndarray:
    """Whisper's encoder layer in numpy (Radford et al., 2022): layer norms first, GELU by the error function."""
    x = _norm(hidden, weights, f"{name}/self_attention/layer_norm")
    fused = x @ weights[f"{name}/self_attention/linear_0/weight"].T + weights[f"{name}/self_attention/linear_0/bias"]
    q, k, v = (part.reshape(len(x), 8, 64).transpose(1, 0, 2) for part in np.split(fused, 3, axis=1))
    scores = q @ k.transpose(0, 2, 1) / 8.0
    attention = np.exp(scores - scores.max(-1, keepdims=True))
    attention /= attention.sum(-1, keepdims=True)
    mixed = (attention @ v).transpose(1, 0, 2).reshape(len(x), 512)
    hidden = hidden + _linear(mixed, weights, f"{name}/self_attention/linear_1")
    inner = _linear(_norm(hidden, weights, f"{name}/ffn/layer_norm"), weights, f"{name}/ffn/linear_0")
    inner = 0.5 * inner * (1.0 + erf(inner / np.sqrt(2.0)))
    return hidden + _linear(inner, weights, f"{name}/ffn/linear_1")


def _linear(x: np.ndarray, weights: Weights, name: str) -> np.ndarray:
    return x @ weights[f"{name}/weight"].T + weights[f"{name}/bias"]


def _norm(x: np.ndarray, weights: Weights, name: str) -> np.ndarray:
    spread = np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return (x - x.mean(-1, keepdims=True)) / spread * weights[f"{name}/gamma"] + weights[f"{name}/beta"]
