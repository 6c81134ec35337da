"""The repository that a running Triton reads: the models of every deployed release, beside each other.

Each model carries the number of its release in its name as well as in its version (`member_a_2/2/`). A configuration
belongs to a model and not to a version, and releases differ in window length, members and defects: so nothing of a
release that serves is ever touched when another comes or goes. The ensemble's folder is moved last and removed first: a
release whose ensemble is there is whole.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from diktor.releases.configs import PLAIN, Serving, configs
from diktor.releases.document import Release, releases_in
from diktor.releases.packing import BESIDE
from diktor.releases.store import DOCUMENT, check
from diktor.settings import Settings


def name_in(number: int) -> Callable[[str], str]:
    """How Triton calls the models of a release (the ensemble has its number already)."""
    return lambda model: f"{model}_{number}"


def models_of(release: Release) -> tuple[str, ...]:
    """The release's models as Triton calls them, the ensemble last."""
    named = name_in(release.number)
    return (*(named(model) for model in release.models[:-1]), release.ensemble)


class Repository:
    """The folder; only one process changes it at a time (`changing`)."""

    def __init__(self, path: Path, serving: Serving = PLAIN) -> None:
        self.path = path
        self._serving = serving

    @classmethod
    def of(cls, settings: Settings) -> "Repository":
        """The repository that the settings' Triton reads."""
        return cls(settings.model_repository, Serving(settings.triton_backend, settings.triton_instances))

    def deployed(self) -> tuple[int, ...]:
        """The releases that are there as a whole, ascending."""
        return releases_in(self.path)

    def models(self, number: int) -> list[str]:
        """The folders of a release, whole or not, the ensemble first."""
        found = [path.name for path in self.path.glob(f"*_{number}") if (path / str(number)).is_dir()]
        return sorted(found, key=lambda name: (name != f"speech_defects_{number}", name))

    def put(self, release: Release, folder: Path) -> None:
        """Write a release from its folder in the store: beside first, checked, then renamed into place.

        Raises:
            ReleaseError: a file does not arrive as its digest says.
        """
        staged = self.path.with_name(f"{self.path.name}.staged")
        shutil.rmtree(staged, ignore_errors=True)
        try:
            shutil.copytree(folder, staged / "copy")
            check(staged / "copy", release)
            for name, text in configs(release, name_in(release.number), self._serving).items():
                model = staged / name
                model.mkdir()
                (model / "config.pbtxt").write_text(text, "utf-8")
                kept = staged / "copy" / "models" / name.removesuffix(f"_{release.number}")
                if kept.is_dir():
                    kept.rename(model / str(release.number))
            self._complete(staged / release.ensemble, staged / "copy", release)
            self.remove(release.number)
            self.path.mkdir(parents=True, exist_ok=True)
            for name in models_of(release):
                (staged / name).rename(self.path / name)
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def remove(self, number: int) -> None:
        """Delete what is there of a release."""
        for name in self.models(number):
            shutil.rmtree(self.path / name)

    def _complete(self, ensemble: Path, copy: Path, release: Release) -> None:
        (ensemble / str(release.number)).mkdir()
        (ensemble / str(release.number) / ".gitkeep").touch()
        for name in BESIDE:
            (copy / name).rename(ensemble / name)
        (ensemble / DOCUMENT).write_bytes(msgspec.json.format(msgspec.json.encode(release)) + b"\n")
