"""An exported Triton repository becomes a release of the store.

In the store a release is free of its number: `models/<model>/` holds what the model's version folder holds, and beside
them lie `golden.npz`, `MODEL_CARD.md`, and the pictures and the lineage that the export left. Configurations are not
kept: they are generated when it is deployed.
"""

import hashlib
from pathlib import Path

import msgspec

from diktor.errors import ReleaseError
from diktor.releases.document import Release, load_release, releases_in
from diktor.releases.store import Releases, check

BESIDE = ("golden.npz", "MODEL_CARD.md")

LINEAGE = "lineage.json"
"""The calls and labels that a release was made of, where it was made of some (`diktor data from-calls`)."""


def add(store: Releases, repository: Path, number: int | None = None) -> Release:
    """Take release `number` (the newest when None) of an exported repository; what it is called in the store.

    Raises:
        ReleaseError: there is none, or a file is missing or has another digest than its document says.
    """
    there = releases_in(repository)
    if not there:
        raise ReleaseError(f"{repository} holds no release", "Name the folder that diktor learn export wrote")
    exported = load_release(repository, number or there[-1])
    check(repository, exported)
    files = _files(repository, exported)
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    return store.put(msgspec.structs.replace(exported, files=digests), files)


def _files(repository: Path, release: Release) -> dict[str, Path]:
    """Everything that is kept, by its path in the store; nothing that the document gives no digest of but pictures."""
    version, home = str(release.number), repository / release.ensemble
    found = {name: home / name for name in BESIDE}
    for model in release.models[:-1]:
        below = repository / model / version
        for name in release.files:
            path = repository / name
            if path.is_relative_to(below):
                found[f"models/{model}/{path.relative_to(below).as_posix()}"] = path
    if (home / LINEAGE).exists():
        found[LINEAGE] = home / LINEAGE
    found |= {f"pictures/{path.name}": path for path in sorted(home.glob("*.png"))}
    wanted = [f"models/{model}/model.py" for model in release.models[:-1]]
    wanted += [f"models/{member}/model.onnx" for member in release.members]
    wanted += [f"models/combine/{name}" for name in ("combine.py", "calibration.json")]
    if missing := [name for name in wanted if name not in found]:
        raise ReleaseError(f"release {release.number} of {repository} lacks {missing[0]}", "Export the release again")
    return found
