"""Exported releases for tests: small networks that load in a moment and hear how loud a window is; and broken ones."""

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from diktor.defects import DEFAULT
from diktor.learning.ensemble import Ensemble
from diktor.releases import Calibration, DefectCalibration, Release, load_release
from diktor.releases.configs import configs
from diktor.scoring import combine
from diktor.scoring.parameters import parameters
from tests.support.processes import ROOT

TEMPLATES = ROOT / "diktor" / "learning" / "export" / "templates"
STEP = 160


def small_release(
    repository: Path, length_ms: int = 5000, hop_ms: int = 4000, members: int = 1, bias: float = 0.0, number: int = 1
) -> Path:
    """A whole exported repository with one release; `bias` shifts every defect's logit."""
    release = Release(
        number=number,
        name=f"small {bias:g}",
        created_at=datetime.now(UTC).isoformat(),
        code_revision="none",
        corpus_digest="none",
        members=tuple(f"member_{letter}" for letter in "abc"[:members]),
        defects=tuple(DefectCalibration(d.name, Calibration(1.0, bias)) for d in DEFAULT.defects),
        letters=DEFAULT.letters,
        classes=DEFAULT.classes,
        length_ms=length_ms,
        hop_ms=hop_ms,
    )
    for model in release.models:
        (repository / model / str(number)).mkdir(parents=True)
    for model, text in configs(release).items():
        (repository / model / "config.pbtxt").write_text(text)
    for place, member in enumerate(release.members):
        folder = repository / member / str(number)
        shutil.copyfile(TEMPLATES / "member.py", folder / "model.py")
        onnx.save(_network(release, 1.0 + place), folder / "model.onnx")
    shutil.copyfile(TEMPLATES / "frontend.py", repository / "frontend" / str(number) / "model.py")
    folder = repository / "combine" / str(number)
    shutil.copyfile(TEMPLATES / "combine.py", folder / "model.py")
    shutil.copyfile(combine.__file__, folder / "combine.py")
    (folder / "calibration.json").write_bytes(msgspec.json.encode(parameters(release)._asdict()))
    (repository / release.ensemble / "MODEL_CARD.md").write_text("# small\n")
    _golden(repository, release)
    return sealed(repository, release)


def sealed(repository: Path, release: Release) -> Path:
    """Write the document with the digests of the files as they are."""
    paths = [path for path in repository.rglob("*") if path.is_file() and path.name != "release.json"]
    files = {p.relative_to(repository).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(paths)}
    document = repository / release.ensemble / "release.json"
    document.write_bytes(msgspec.json.encode(msgspec.structs.replace(release, files=files)))
    return repository


def _network(release: Release, gain: float, outputs: int | None = None, weight: float | None = None) -> onnx.ModelProto:
    """`WINDOW` (B, N) → mean loudness of each 20 ms times a weight a column."""
    names = {"MARKERS": len(release.letters), "WITH": len(release.defects), "WITHOUT": len(release.defects)}
    constants = [numpy_helper.from_array(np.array([-1, release.frames, STEP], np.int64), "shape")]
    nodes = [
        helper.make_node("Abs", ["WINDOW"], ["loud"]),
        helper.make_node("Reshape", ["loud", "shape"], ["steps"]),
        helper.make_node("ReduceMean", ["steps", "last"], ["mean"], keepdims=1),
    ]
    constants.append(numpy_helper.from_array(np.array([2], np.int64), "last"))
    for name, width in names.items():
        width = outputs or width
        weights = np.linspace(0.1, 0.2 if name == "MARKERS" else 1.0, width, dtype=np.float32)[None] * gain
        constants.append(
            numpy_helper.from_array(weights if weight is None else np.full_like(weights, weight), f"w{name}")
        )
        nodes.append(helper.make_node("MatMul", ["mean", f"w{name}"], [name]))
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("WINDOW", TensorProto.FLOAT, ["B", release.samples])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", release.frames, outputs or w])
            for name, w in names.items()
        ],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _golden(repository: Path, release: Release) -> None:
    rng = np.random.default_rng(3)
    pcm = np.stack([rng.normal(0, 3000 * k, release.samples).astype(np.int16) for k in range(3)])
    pcm[2, : release.samples // 2] = 0
    ensemble = Ensemble.of_release(repository, release)
    scores = [ensemble.score(window)._asdict() for window in pcm]
    parts = {name: np.stack([score[name] for score in scores]) for name in scores[0]}
    np.savez_compressed(repository / release.ensemble / "golden.npz", pcm=pcm, **parts)


def _truncated(repository: Path, release: Release) -> None:
    network = repository / "member_a" / "1" / "model.onnx"
    network.write_bytes(network.read_bytes()[:-40])
    sealed(repository, release)


def _shapes(repository: Path, release: Release) -> None:
    onnx.save(_network(release, 1.0, outputs=4), repository / "member_a" / "1" / "model.onnx")
    sealed(repository, release)


def _no_numbers(repository: Path, release: Release) -> None:
    onnx.save(_network(release, 1.0, weight=float("nan")), repository / "member_a" / "1" / "model.onnx")
    sealed(repository, release)


def _other_golden(repository: Path, release: Release) -> None:
    path = repository / release.ensemble / "golden.npz"
    with np.load(path) as file:
        parts = dict(file)
    np.savez_compressed(path, **{**parts, "probability": 1.0 - parts["probability"]})
    sealed(repository, release)


def _server_only(repository: Path, release: Release) -> None:
    """In process it is right; only Triton's own part of it is broken."""
    path = repository / "frontend" / "1" / "model.py"
    path.write_text(path.read_text().replace("samples - total / count", "samples + 900"))
    sealed(repository, release)


BROKEN: dict[str, Callable[[Path, Release], None]] = {
    "truncated ONNX": _truncated,
    "wrong shapes": _shapes,
    "NaN weights": _no_numbers,
    "golden windows of another": _other_golden,
    "front-end of another": _server_only,
}
"""Exported releases whose files agree with their digests and are wrong all the same."""


def broken_release(repository: Path, fault: str, bias: float = 0.0) -> Path:
    """A small release with one of these faults."""
    small_release(repository, bias=bias)
    BROKEN[fault](repository, load_release(repository, 1))
    return repository
