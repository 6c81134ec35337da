"""Triton's configuration of a release: one `config.pbtxt` per model, versions pinned in the ensemble."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from diktor.learning.model import FRAMES
from diktor.learning.windows import LENGTH
from diktor.releases import Release

MAX_BATCH = 8


class Tensor(NamedTuple):
    """A model's input or output."""

    name: str
    type: str
    dims: tuple[int, ...]


PCM = Tensor("PCM", "INT16", (LENGTH,))
WINDOW = Tensor("WINDOW", "FP32", (LENGTH,))


def configs(release: Release) -> dict[str, str]:
    """The text of every model's configuration, by model."""
    said, answer = _said(release), _answer(release)
    gathered = [
        Tensor(f"{member.upper()}_{tensor.name}", tensor.type, tensor.dims)
        for member in release.members
        for tensor in said
    ]
    return {
        "frontend": python_model("frontend", (PCM,), (WINDOW,)),
        **{member: python_model(member, (WINDOW,), said) for member in release.members},
        "combine": python_model("combine", gathered, answer),
        release.ensemble: ensemble(release),
    }


def python_model(name: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> str:
    """A model of the python backend: one CPU instance, warmed up, old versions served until unloaded."""
    warm = "\n".join(
        f'      inputs {{ key: "{t.name}" value {{ data_type: TYPE_{t.type} dims: {_dims(t)} zero_data: true }} }}'
        for t in inputs
    )
    return (
        f'name: "{name}"\nbackend: "python"\nmax_batch_size: {MAX_BATCH}\n'
        f"{_tensors('input', inputs)}{_tensors('output', outputs)}"
        "instance_group [ { kind: KIND_CPU count: 1 } ]\n"
        "version_policy { all { } }\n"
        f'model_warmup [\n  {{\n    name: "silence"\n    batch_size: 1\n{warm}\n  }}\n]\n'
    )


def ensemble(release: Release) -> str:
    """The ensemble: its steps name the version, so that a swap never mixes releases."""
    said, answer = _said(release), _answer(release)
    steps = [
        _step("frontend", release.number, {"PCM": "PCM"}, {"WINDOW": "window"}),
        *(
            _step(m, release.number, {"WINDOW": "window"}, {t.name: f"{m}_{t.name.lower()}" for t in said})
            for m in release.members
        ),
        _step(
            "combine",
            release.number,
            {f"{m.upper()}_{t.name}": f"{m}_{t.name.lower()}" for m in release.members for t in said},
            {t.name: t.name for t in answer},
        ),
    ]
    return (
        f'name: "{release.ensemble}"\nplatform: "ensemble"\nmax_batch_size: {MAX_BATCH}\n'
        f"{_tensors('input', (PCM,))}{_tensors('output', answer)}"
        "ensemble_scheduling {\n  step [\n" + ",\n".join(steps) + "\n  ]\n}\n"
    )


def _said(release: Release) -> tuple[Tensor, ...]:
    """What a member says."""
    defects, letters = len(release.defects), len(release.letters)
    return (
        Tensor("MARKERS", "FP32", (FRAMES, letters)),
        Tensor("WITH", "FP32", (FRAMES, defects)),
        Tensor("WITHOUT", "FP32", (FRAMES, defects)),
    )


def _answer(release: Release) -> tuple[Tensor, ...]:
    """What the release says."""
    defects, letters = len(release.defects), len(release.letters)
    return (
        Tensor("PROBABILITY", "FP32", (defects,)),
        Tensor("FRAMES", "FP32", (FRAMES, defects)),
        Tensor("MARKERS", "FP32", (FRAMES, letters)),
    )


def _step(model: str, version: int, inputs: dict[str, str], outputs: dict[str, str]) -> str:
    lines = [f'      model_name: "{model}"', f"      model_version: {version}"]
    lines += [f'      input_map {{ key: "{key}" value: "{value}" }}' for key, value in inputs.items()]
    lines += [f'      output_map {{ key: "{key}" value: "{value}" }}' for key, value in outputs.items()]
    return "    {\n" + "\n".join(lines) + "\n    }"


def _tensors(kind: str, tensors: Iterable[Tensor]) -> str:
    lines = [f'  {{ name: "{t.name}" data_type: TYPE_{t.type} dims: {_dims(t)} }}' for t in tensors]
    return f"{kind} [\n" + ",\n".join(lines) + "\n]\n"


def _dims(tensor: Tensor) -> str:
    return "[ " + ", ".join(map(str, tensor.dims)) + " ]"
