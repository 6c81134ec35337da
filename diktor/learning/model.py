"""The network: a wav2vec2 that starts as Whisper's encoder, with heads for marker letters and defects per frame."""

from typing import NamedTuple

import msgspec
import torch
from torch import Tensor, nn

from diktor.defects import DEFAULT, Taxonomy
from diktor.learning.backbone import FRAMES as FRAMES
from diktor.learning.backbone import WHISPER_BASE, Backbone, assemble

START_RATE = -3.0
"""Bias of the marker rates: an untrained network counts almost nothing."""


EDGE, NOTHING = 45.0, -6.0
"""A frame that differs little from its window's mean is quiet in a window of quiet, which training hardly has: when
scoring no letter is counted there and no sound heard. `MemberSpec.quiet` says how little, `EDGE` how sharply."""

TAKEN_OFF, USUAL = 0.75, -3.0
"""Of the logits at letters so much of their mean over the window is taken off when scoring, and their usual mean
added: what a voice scores everywhere says little of its sounds. Decisions 0014 and 0027 have what it changes."""


class MemberSpec(msgspec.Struct, frozen=True):
    """What distinguishes a member: how deep it is, what of it is tuned and how far its heads see.

    `layers` transformer layers, the upper `tuned` of them trained; `near` frames seen by the heads at marker letters,
    `far` by each convolution of the heads for speech at large, as far apart as its place in `dilations` says.

    While training: `noise` on the states, `masked` the share of them that is set to zero, `smoothing` of the defects'
    labels, `counting` the weight of letters in stage 2. Of stage 2 the first share `taken` of the steps is taken, with
    the learning rate of the whole; the weights are the mean over the last share `averaged` of them, or those of the
    best look at the development voices, after `patience` looks without a better one (0: it never looks). Of a member
    that goes on from an earlier run so much of its weights is `kept` in those at the end.

    When scoring: frames that differ from their window's mean by less than `quiet` (root mean square over the states'
    width) are quiet; of defects that are not among those it `hears`, if it names any, a member has no say
    (`combine.agreed`), though its heads for them are trained along.
    """

    name: str
    layers: int
    tuned: int
    hidden: int = 64
    near: int = 5
    far: int = 25
    dilations: tuple[int, ...] = (1, 1)
    dropout: float = 0.25
    noise: float = 0.25
    weight_decay: float = 0.1
    seed: int = 1
    quiet: float = 0.685
    masked: float = 0.0
    smoothing: float = 0.0
    patience: int = 0
    averaged: float = 0.0
    hears: tuple[str, ...] = ()
    counting: float = 0.5
    taken: float = 1.0
    kept: float = 0.0

    def __post_init__(self) -> None:
        if self.patience and self.averaged:
            raise ValueError("a member is averaged, or stopped early with patience, and not both")
        if not 0.0 < self.taken <= 1.0:
            raise ValueError(f"a share of {self.taken} of stage 2 cannot be taken: above 0, at most 1")
        if not 0.0 <= self.kept < 1.0:
            raise ValueError(f"a share of {self.kept} of earlier weights cannot be kept: at least 0, below 1")

    @property
    def frozen(self) -> int:
        """Layers whose states never change and can be kept."""
        return self.layers - self.tuned


MEMBERS = (
    MemberSpec(
        "member_a",
        layers=4,
        tuned=2,
        hidden=96,
        far=5,
        dilations=(1, 2, 4, 8, 16),
        dropout=0.2,
        noise=0.1,
        weight_decay=0.02,
        seed=11,
        quiet=0.751,
        averaged=0.6,
        counting=1.0,
    ),
    MemberSpec(
        "member_b",
        layers=4,
        tuned=0,
        hidden=96,
        far=5,
        dilations=(1, 2, 4, 8, 16),
        dropout=0.3,
        noise=0.3,
        seed=23,
        masked=0.15,
        taken=0.5,
        averaged=0.6,
        hears=("stuttering",),
    ),
)
"""The shipped ensemble: a member whose upper half is tuned, and one that hears in Whisper's own layers."""


class Outputs(NamedTuple):
    """Per frame: `markers` (B, T, L) rates of marker letters, `with_` and `without` (B, T, D) logits of defects."""

    markers: Tensor
    with_: Tensor
    without: Tensor


class Heads(nn.Module):
    """From states to counts and logits, looking `near` frames around each for the letters, further for stuttering."""

    def __init__(self, spec: MemberSpec, taxonomy: Taxonomy, width: int = WHISPER_BASE.width) -> None:
        super().__init__()
        self.noise, self.quiet, self.taxonomy = spec.noise, spec.quiet, taxonomy
        self.norm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, spec.hidden)
        self.near = nn.Conv1d(spec.hidden, spec.hidden, spec.near, padding=spec.near // 2)
        self.markers = nn.Linear(spec.hidden, len(taxonomy.letters))
        self.with_ = nn.Linear(spec.hidden, len(taxonomy.defects))
        self.outer = nn.Linear(width, spec.hidden)
        self.far = nn.ModuleList(
            nn.Conv1d(spec.hidden, spec.hidden, spec.far, padding=apart * (spec.far // 2), dilation=apart)
            for apart in spec.dilations
        )
        self.sounds = nn.Linear(spec.hidden, len(taxonomy.spoken))
        self.events = nn.Linear(spec.hidden, len(taxonomy.anywhere))
        self.dropout = nn.Dropout(spec.dropout)

    def forward(self, hidden: Tensor) -> Outputs:
        """(B, T, width) states → outputs."""
        hidden = self.norm(hidden)
        if self.training and self.noise:
            hidden = hidden + self.noise * torch.randn_like(hidden)
        apart = hidden - hidden.mean(1, keepdim=True)  # what does not change is the speaker and the line, not a sound
        near = self.dropout(nn.functional.gelu(self.inner(apart))).transpose(1, 2)
        near = self.dropout(nn.functional.gelu(self.near(near))).transpose(1, 2)
        far = self.dropout(nn.functional.gelu(self.outer(hidden))).transpose(1, 2)
        for layer in self.far:
            far = far + nn.functional.gelu(layer(self.dropout(far)))
        rates = nn.functional.softplus(self.markers(near) + START_RATE)
        with_, sounds = self.with_(near), self.sounds(near)
        if not self.training:
            spoken = torch.sigmoid(EDGE * (apart.square().mean(-1, keepdim=True).sqrt() - self.quiet))
            usual = (spoken * with_).sum(1, keepdim=True) / spoken.sum(1, keepdim=True).clamp_min(1.0)
            rates, with_ = spoken * rates, with_ - TAKEN_OFF * (usual - USUAL)
            sounds = spoken * sounds + (1 - spoken) * NOTHING
        return Outputs(rates, with_, self._without(sounds, self.dropout(far).transpose(1, 2)))

    def _without(self, sounds: Tensor, far: Tensor) -> Tensor:
        """Defects that wait for no letter, in their order: sounds heard as near as with letters, the others far."""
        events = self.events(far)
        columns = {
            **{place: sounds[..., k] for k, place in enumerate(self.taxonomy.spoken)},
            **{place: events[..., k] for k, place in enumerate(self.taxonomy.anywhere)},
        }
        return torch.stack([columns[place] for place in sorted(columns)], dim=-1)


class DefectNet(nn.Module):
    """A member: front-end, transformer layers, heads. Takes normalised windows, pads them itself.

    `silent`: for each output which of its columns are of defects that the member has no say in.
    """

    def __init__(self, spec: MemberSpec, taxonomy: Taxonomy = DEFAULT, backbone: Backbone = WHISPER_BASE) -> None:
        super().__init__()
        self.spec, self.taxonomy, self.backbone = spec, taxonomy, backbone
        defects = torch.tensor([bool(spec.hears) and name not in spec.hears for name in taxonomy.names])
        self.silent = Outputs(defects[list(taxonomy.spoken)], defects, defects)
        self.intake, self.body = assemble(backbone, spec.layers)
        self.heads = Heads(spec, taxonomy, backbone.width)

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, 40000) normalised samples → `Outputs` as a plain tuple (what ONNX wants), NaN where it has no say."""
        outputs = self.heads(self.upper(self.lower(windows, self.spec.frozen)[-1]))
        if not self.spec.hears:
            return tuple(outputs)
        nothing = torch.full((), torch.nan)
        return tuple(torch.where(silent, nothing, said) for silent, said in zip(self.silent, outputs, strict=True))

    def lower(self, windows: Tensor, depth: int) -> list[Tensor]:
        """States after the front-end with positions, and after each of the first `depth` layers: (B, 250, width)."""
        features = self.body.feature_extractor(self.intake(windows))
        hidden = self.body.feature_projection(features.transpose(1, 2))[0]
        hidden = hidden + self.body.encoder.pos_conv_embed(hidden)
        states = [self.body.encoder.layer_norm(hidden)]  # stable wav2vec2s have none here: it is an identity
        for layer in self.body.encoder.layers[:depth]:
            states.append(_first(layer(states[-1])))
        return states

    def upper(self, hidden: Tensor) -> Tensor:
        """The tuned layers over the frozen ones' states."""
        return _through(self.body.encoder.layers[self.spec.frozen :], hidden)

    def trained(self) -> dict[str, nn.Module]:
        """The parts that training changes, by name."""
        tuned = self.body.encoder.layers[self.spec.frozen :]
        return {"heads": self.heads, **{f"layer_{self.spec.frozen + k}": layer for k, layer in enumerate(tuned)}}

    def trained_state(self) -> dict[str, dict[str, Tensor]]:
        """Weights of the parts that training changes, on the CPU."""
        return {
            name: {key: value.cpu() for key, value in part.state_dict().items()}
            for name, part in self.trained().items()
        }

    def load_trained(self, state: dict[str, dict[str, Tensor]]) -> None:
        """Take `trained_state` back."""
        for name, part in self.trained().items():
            part.load_state_dict(state[name])


class Top(nn.Module):
    """What of a network is trained, as one module: the tuned layers and the heads.

    With `counts_only` no gradient reaches the heads of the defects.
    """

    def __init__(self, net: DefectNet, counts_only: bool = False) -> None:
        super().__init__()
        self.counts_only = counts_only
        self.layers = net.body.encoder.layers[net.spec.frozen :]
        self.heads = net.heads

    def forward(self, hidden: Tensor) -> Outputs:
        """(B, T, width) states of the frozen layers → outputs."""
        markers, with_, without = self.heads(_through(self.layers, hidden))
        return (
            Outputs(markers, with_.detach(), without.detach()) if self.counts_only else Outputs(markers, with_, without)
        )


def _through(layers: nn.ModuleList, hidden: Tensor) -> Tensor:
    for layer in layers:
        hidden = _first(layer(hidden))
    return hidden


def _first(output: Tensor | tuple[Tensor, ...]) -> Tensor:
    """A transformer layer's states, whether the library wraps them in a tuple or not."""
    return output[0] if isinstance(output, tuple) else output
