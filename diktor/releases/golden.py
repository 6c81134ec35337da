"""What a release's golden windows must score on this machine, worked out in process from the release's own files.

Kernels of int8 differ between CPUs, so that the figures kept beside the windows are those of another machine: Triton is
held to this machine's to the third digit, and this machine to the release's own loosely.
"""

from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from diktor.errors import ReleaseError, ScoringError
from diktor.releases.document import Release

TOLERANCE = 1e-3
"""How far Triton's probabilities may lie from this process's on the same CPU."""

ELSEWHERE = 0.05
"""How far they may lie from those of the machine that exported the release."""

_OUTPUTS = ("MARKERS", "WITH", "WITHOUT")


class Golden(NamedTuple):
    """`pcm` (K, samples) int16 and the `probability` (K, D) that the release gave them where it was exported."""

    pcm: NDArray[np.int16]
    probability: NDArray[np.float32]


def golden_of(folder: Path, release: Release) -> Golden:
    """The golden windows in a release's folder of the store.

    Raises:
        ReleaseError: there are none, or they are not the release's.
    """
    try:
        with np.load(folder / "golden.npz") as file:
            found = Golden(file["pcm"], file["probability"])
    except (OSError, KeyError, ValueError) as error:
        raise ReleaseError(f"golden.npz of release {release.number} is damaged: {error}", "Export it again") from error
    shapes = (len(found.pcm), release.samples), (len(found.pcm), len(release.defects))
    if not len(found.pcm) or (found.pcm.shape, found.probability.shape) != shapes:
        is_ = f"{found.pcm.shape} and {found.probability.shape}, not {shapes[0]} and {shapes[1]}"
        raise ReleaseError(f"golden.npz of release {release.number} is {is_}", "Export it again")
    return found


def expected(folder: Path, release: Release, pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    """The probabilities (K, D) of windows (K, samples), by the release's own members and its own arithmetic.

    Raises:
        ReleaseError: something of it cannot be used.
    """
    try:
        arithmetic = _loaded(folder / "models" / "combine" / "combine.py")
        values = msgspec.json.decode((folder / "models" / "combine" / "calibration.json").read_bytes())
        parameters = arithmetic.Parameters(**{name: tuple(found) for name, found in values.items()})
        members = [_session(folder / "models" / name / "model.onnx") for name in release.members]
        rows = []
        for window in pcm:
            outputs = [member.run(_OUTPUTS, {"WINDOW": arithmetic.normalise(window)[None]}) for member in members]
            together = [np.stack([output[k][0] for output in outputs]) for k in range(3)]
            rows.append(arithmetic.combine(*together, parameters).probability)
    except Exception as error:  # the release's own code and ONNX Runtime raise what they like
        raise ReleaseError(f"release {release.number} cannot be computed: {error}", "Export it again") from error
    return np.asarray(rows, np.float32)


def check_own(release: Release, found: NDArray[np.float32], own: NDArray[np.float32]) -> None:
    """Raises: ReleaseError: what this machine computes is not what the release says of itself."""
    if not np.isfinite(found).all() or not np.allclose(found, own, atol=ELSEWHERE):
        raise ReleaseError(f"release {release.number} scores a golden window {_worst(found, own)}", "Export it again")


def check_served(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> None:
    """Raises: ScoringError: Triton does not score the golden windows as this machine computes them."""
    if not np.allclose(found, wanted, atol=TOLERANCE):
        raise ScoringError(
            f"Triton scores a golden window {_worst(found, wanted)}", "Build its environment: make setup"
        )


def _worst(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> str:
    row = int(np.nan_to_num(np.abs(found - wanted), nan=np.inf).max(-1).argmax())
    return f"{found[row].round(4)}, not {wanted[row].round(4)}"


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _loaded(path: Path) -> Any:
    """The release's arithmetic; nothing is written beside it, as an import would."""
    module = ModuleType("release_arithmetic")
    exec(compile(path.read_text("utf-8"), str(path), "exec"), module.__dict__)
    return module
