"""What the shipped release's golden window must score on this CPU: worked out in process, once per release and machine.

Kernels of int8 differ between CPUs, so that the figures shipped beside the window are those of another machine.
"""

import json
import platform
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deploy.embedded.home import Home
from diktor.errors import ReleaseError
from diktor.learning.ensemble import session
from diktor.releases import Release, load_release
from diktor.settings import Settings

TOLERANCE = 1e-3
"""How far Triton's probabilities may lie from this process's on the same CPU."""


def golden(settings: Settings, home: Home) -> tuple[Release, NDArray[np.int16], NDArray[np.float32]]:
    """The release, a window of its own, and the probabilities Triton must give it here."""
    release = load_release(settings.model_repository, settings.release)
    with np.load(settings.model_repository / release.ensemble / "golden.npz") as file:
        pcm = file["pcm"][0]
    return release, pcm, _expected(settings.model_repository, release, pcm, home.path / "golden.json")


def _expected(repository: Path, release: Release, pcm: NDArray[np.int16], kept: Path) -> NDArray[np.float32]:
    key = sha256(json.dumps([release.files, platform.processor(), _flags()]).encode()).hexdigest()
    if kept.exists():
        document = json.loads(kept.read_text())
        if document["key"] == key:
            return np.array(document["probability"], np.float32)
    probability = _scored(repository, release, pcm)
    new = kept.with_suffix(".new")
    new.write_text(json.dumps({"key": key, "probability": [float(p) for p in probability]}))
    new.replace(kept)
    return probability


def _scored(repository: Path, release: Release, pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    """By the release's own members and its own arithmetic, which this checkout's may have left behind."""
    version = str(release.number)
    combine = repository / "combine" / version
    try:
        arithmetic = _loaded(combine / "combine.py")
        values = json.loads((combine / "calibration.json").read_text())
        window = {"WINDOW": arithmetic.normalise(pcm)[None]}
        members = [session(repository / name / version / "model.onnx") for name in release.members]
        outputs = [member.run(("MARKERS", "WITH", "WITHOUT"), window) for member in members]
        together = [np.stack([output[k][0] for output in outputs]) for k in range(3)]
        parameters = arithmetic.Parameters(**{name: tuple(found) for name, found in values.items()})
        return np.asarray(arithmetic.combine(*together, parameters).probability, np.float32)
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReleaseError(f"release {release.number} is damaged: {error}", "Export it again") from error


def _loaded(path: Path) -> Any:
    spec = spec_from_file_location("release_arithmetic", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _flags() -> str:
    """What this CPU can do."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line for line in lines if line.startswith("flags")), "")
