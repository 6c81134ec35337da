"""A run becomes a release: the folder of models as Triton reads it, with its document, card and golden windows."""

import hashlib
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from diktor.errors import DiktorError
from diktor.learning.assess import load_evaluation
from diktor.learning.corpus.clips import Clip, load_clips, read_audio
from diktor.learning.ensemble import Ensemble
from diktor.learning.export.card import model_card
from diktor.learning.export.checks import checks
from diktor.learning.export.pictures import confusions
from diktor.learning.model import MemberSpec
from diktor.learning.own_calls import lineage as lineages
from diktor.learning.run import Run
from diktor.learning.windows import LENGTH
from diktor.releases import Release, load_release, releases_in
from diktor.releases.configs import configs
from diktor.releases.packing import LINEAGE
from diktor.scoring import combine
from diktor.scoring.parameters import parameters


def export(
    run: Run, specs: Sequence[MemberSpec], repository: Path, number: int, name: str, lineage: Path | None = None
) -> Release:
    """Write release `number` into a Triton model repository; other releases there stay as they are.

    `lineage` names the calls and labels it was made of, and travels with it.

    Raises:
        DiktorError: the run has not been evaluated, the repository is of another taxonomy, or that is no lineage.
    """
    evaluation, taxonomy = load_evaluation(run), run.taxonomy
    for other in releases_in(repository):
        if other != number and load_release(repository, other).taxonomy.names != taxonomy.names:
            raise DiktorError(
                f"release {other} in {repository} hears other defects, and a model's versions have one configuration",
                "Export into another repository",
            )
    origin = lineages.read(lineage) if lineage else None
    release = Release(
        number=number,
        name=name,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        code_revision=evaluation.code_revision,
        corpus_digest=evaluation.corpus_digest,
        members=tuple(spec.name for spec in specs),
        defects=evaluation.calibration,
        letters=taxonomy.letters,
        classes=taxonomy.classes,
        taxonomy=taxonomy,
        metrics={**evaluation.metrics, **checks(run)},
    )
    _models(run, specs, repository, release)
    home = repository / release.ensemble
    (home / "MODEL_CARD.md").write_text(model_card(release), "utf-8")
    (home / LINEAGE).unlink(missing_ok=True)
    if origin is not None:
        lineages.write(origin, home / LINEAGE)
    confusions(release.metrics, taxonomy, home)
    _golden(run, repository, release, home / "golden.npz")
    release = msgspec.structs.replace(release, files=digests(repository, release))
    (home / "release.json").write_bytes(msgspec.json.format(msgspec.json.encode(release)) + b"\n")
    return release


def digests(repository: Path, release: Release) -> dict[str, str]:
    """SHA-256 of every file of a release but its document, by path below the repository."""
    paths = [
        path
        for model in release.models
        for path in (
            repository / model / "config.pbtxt",
            *sorted((repository / model / str(release.number)).rglob("*")),
        )
    ]
    home = repository / release.ensemble
    paths += [home / "MODEL_CARD.md", home / "golden.npz", home / LINEAGE, *sorted(home.glob("*.png"))]
    return {
        path.relative_to(repository).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts
    }


def _models(run: Run, specs: Sequence[MemberSpec], repository: Path, release: Release) -> None:
    for model, text in configs(release).items():
        (repository / model / str(release.number)).mkdir(parents=True, exist_ok=True)
        (repository / model / "config.pbtxt").write_text(text, "utf-8")
    version = str(release.number)
    _template("frontend", repository / "frontend" / version / "model.py")
    for spec in specs:
        _template("member", repository / spec.name / version / "model.py")
        shutil.copyfile(run.onnx(spec), repository / spec.name / version / "model.onnx")
    home = repository / "combine" / version
    _template("combine", home / "model.py")
    shutil.copyfile(Path(combine.__file__), home / "combine.py")
    (home / "calibration.json").write_bytes(msgspec.json.encode(parameters(release)._asdict()) + b"\n")
    (repository / release.ensemble / version / ".gitkeep").touch()


def _template(name: str, target: Path) -> None:
    source = files("diktor.learning.export") / "templates" / f"{name}.py"
    target.write_bytes(source.read_bytes())


def _golden(run: Run, repository: Path, release: Release, path: Path) -> None:
    """Some held-out windows and silence with the scores they must have."""
    ensemble = Ensemble.of_release(repository, release)
    windows = [*(_window(run.corpus, clip) for clip in _golden_clips(run)), np.zeros(LENGTH, np.int16)]
    scores = [ensemble.score(pcm) for pcm in windows]
    np.savez_compressed(
        path,
        pcm=np.stack(windows),
        probability=np.stack([item.probability for item in scores]),
        frames=np.stack([item.frames for item in scores]),
        markers=np.stack([item.markers for item in scores]),
    )


def _golden_clips(run: Run) -> list[Clip]:
    """The first test clip of each version that there is."""
    found: dict[str, Clip] = {}
    for clip in load_clips(run.corpus):
        if clip.split == "test":
            found.setdefault(clip.version, clip)
    return [found[version] for version in ("healthy", *run.taxonomy.names) if version in found]


def _window(corpus: Path, clip: Clip) -> NDArray[np.int16]:
    pcm = np.zeros(LENGTH, np.int16)
    audio = read_audio(corpus, clip)[:LENGTH]
    pcm[: len(audio)] = audio
    return pcm
