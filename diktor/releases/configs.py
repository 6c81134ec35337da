"""Triton's configuration of a release: one `config.pbtxt` per model, versions pinned in the ensemble."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from diktor.releases.document import Release

MAX_BATCH = 8

Backend = Literal["python", "onnxruntime"]
"""What runs the members: the python backend on the CPU, or NVIDIA's container's own on the GPU."""

_HARDWARE: dict[Backend, str] = {"python": "KIND_CPU", "onnxruntime": "KIND_GPU"}


class Tensor(NamedTuple):
    """A model's input or output."""

    name: str
    type: str
    dims: tuple[int, ...]


class Serving(NamedTuple):
    """How a release's models are run: the members' backend and how many instances of each member."""

    backend: Backend = "python"
    instances: int = 1


PLAIN = Serving()


def plainly(model: str) -> str:
    """The name under which an exported repository holds a model."""
    return model


def configs(release: Release, named: Callable[[str], str] = plainly, serving: Serving = PLAIN) -> dict[str, str]:
    """The text of every model's configuration, by the name that `named` gives the model in Triton."""
    pcm, window = _pcm(release), _window(release)
    said, answer = _said(release), _answer(release)
    gathered = [
        Tensor(f"{member.upper()}_{tensor.name}", tensor.type, tensor.dims)
        for member in release.members
        for tensor in said
    ]
    members = {
        named(member): model(named(member), (window,), said, serving.backend, serving.instances)
        for member in release.members
    }
    return {
        named("frontend"): model(named("frontend"), (pcm,), (window,)),
        **members,
        named("combine"): model(named("combine"), gathered, answer),
        release.ensemble: ensemble(release, named),
    }


def model(
    name: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor], backend: Backend = "python", instances: int = 1
) -> str:
    """A model, warmed up; old versions are served until unloaded."""
    warm = "\n".join(
        f'      inputs {{ key: "{t.name}" value {{ data_type: TYPE_{t.type} dims: {_dims(t)} zero_data: true }} }}'
        for t in inputs
    )
    return (
        f'name: "{name}"\nbackend: "{backend}"\nmax_batch_size: {MAX_BATCH}\n'
        f"{_tensors('input', inputs)}{_tensors('output', outputs)}"
        f"instance_group [ {{ kind: {_HARDWARE[backend]} count: {instances} }} ]\n"
        "version_policy { all { } }\n"
        f'model_warmup [\n  {{\n    name: "silence"\n    batch_size: 1\n{warm}\n  }}\n]\n'
    )


def ensemble(release: Release, named: Callable[[str], str] = plainly) -> str:
    """The ensemble: its steps name the version, so that a swap never mixes releases."""
    said, answer = _said(release), _answer(release)
    steps = [
        _step(named("frontend"), release.number, {"PCM": "PCM"}, {"WINDOW": "window"}),
        *(
            _step(named(m), release.number, {"WINDOW": "window"}, {t.name: f"{m}_{t.name.lower()}" for t in said})
            for m in release.members
        ),
        _step(
            named("combine"),
            release.number,
            {f"{m.upper()}_{t.name}": f"{m}_{t.name.lower()}" for m in release.members for t in said},
            {t.name: t.name for t in answer},
        ),
    ]
    return (
        f'name: "{release.ensemble}"\nplatform: "ensemble"\nmax_batch_size: {MAX_BATCH}\n'
        f"{_tensors('input', (_pcm(release),))}{_tensors('output', answer)}"
        "ensemble_scheduling {\n  step [\n" + ",\n".join(steps) + "\n  ]\n}\n"
    )


def _pcm(release: Release) -> Tensor:
    return Tensor("PCM", "INT16", (release.samples,))


def _window(release: Release) -> Tensor:
    return Tensor("WINDOW", "FP32", (release.samples,))


def _said(release: Release) -> tuple[Tensor, ...]:
    """What a member says."""
    defects, letters = len(release.defects), len(release.letters)
    return (
        Tensor("MARKERS", "FP32", (release.frames, letters)),
        Tensor("WITH", "FP32", (release.frames, defects)),
        Tensor("WITHOUT", "FP32", (release.frames, defects)),
    )


def _answer(release: Release) -> tuple[Tensor, ...]:
    """What the release says."""
    defects, letters = len(release.defects), len(release.letters)
    return (
        Tensor("PROBABILITY", "FP32", (defects,)),
        Tensor("FRAMES", "FP32", (release.frames, defects)),
        Tensor("MARKERS", "FP32", (release.frames, letters)),
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
