"""What the active release's golden window must score here: worked out in process, once per release and machine."""

import json
import platform
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deploy.embedded.home import Home
from diktor.files import write
from diktor.releases import Release
from diktor.releases.golden import expected, golden_of
from diktor.releases.store import Releases, found
from diktor.settings import Settings


def golden(settings: Settings, home: Home) -> tuple[Release, NDArray[np.int16], NDArray[np.float32]]:
    """The active release, a window of its own (samples,), and the probabilities (D,) Triton must give it here.

    Raises:
        ReleaseError: the release is missing or damaged.
    """
    release = found(settings)
    kept = home.path / "golden.json"
    key = sha256(json.dumps([release.files, platform.processor(), _flags()]).encode()).hexdigest()
    document = json.loads(kept.read_text()) if kept.exists() else {}
    if document.get("key") != key:
        folder = Releases.of(settings).folder(release.number)
        pcm = golden_of(folder, release).pcm[:1]
        (probability,) = expected(folder, release, pcm)
        document = {"key": key, "pcm": pcm[0].tolist(), "probability": probability.tolist()}
        write(kept, json.dumps(document).encode())
    return release, np.array(document["pcm"], np.int16), np.array(document["probability"], np.float32)


def _flags() -> str:
    """What this CPU can do."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line for line in lines if line.startswith("flags")), "")
