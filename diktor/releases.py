"""A release: the members, window, thresholds, calibration and metrics that travel together as one number."""

from pathlib import Path
from typing import Any, Final

import msgspec

from diktor.audio.grid import Grid
from diktor.defects import DEFAULT, Taxonomy
from diktor.errors import ReleaseError

RATE: Final = 8000
"""Samples per second of every release so far: the telephone's."""

FRAME_MS = 20
"""One step of the network's frame-wise outputs."""


class Calibration(msgspec.Struct, frozen=True):
    """A straight line through log-odds: calibrated = slope · logit + intercept; the threshold lies at 0."""

    slope: float = 1.0
    intercept: float = 0.0


class DefectCalibration(msgspec.Struct, frozen=True):
    """How one defect's raw scores become probabilities, evidence and risk.

    `window` calibrates the logit of a window, `call` the pooled logit of a call's channel. Frames whose evidence
    (0..1) is at least `evidence` make up evidence spans. A call with fewer than `minimum_markers` marker sounds, or
    less than `minimum_speech_ms` of speech, gets no verdict.
    """

    name: str
    window: Calibration = Calibration()
    call: Calibration = Calibration()
    evidence: float = 0.5
    minimum_markers: float = 0.0
    minimum_speech_ms: int = 0


class Release(msgspec.Struct, frozen=True):
    """What `release.json` holds. `files` maps paths below the release's model repository to SHA-256 digests."""

    number: int
    name: str
    created_at: str
    code_revision: str
    corpus_digest: str
    members: tuple[str, ...]
    defects: tuple[DefectCalibration, ...]
    letters: tuple[str, ...]
    classes: tuple[str, ...]
    rate: int = RATE
    length_ms: int = 5000
    hop_ms: int = 4000
    metrics: dict[str, Any] = {}
    files: dict[str, str] = {}
    taxonomy: Taxonomy = DEFAULT
    """Release 1 does not say: its defects are those of the default, which may have grown since."""

    @property
    def grid(self) -> Grid:
        """The windows this release scores."""
        return Grid(self.length_ms, self.hop_ms)

    @property
    def ensemble(self) -> str:
        """The Triton model that scores a window."""
        return f"speech_defects_{self.number}"

    @property
    def models(self) -> tuple[str, ...]:
        """Every Triton model of the release, the ensemble last (a load order that works)."""
        return ("frontend", *self.members, "combine", self.ensemble)


def load_release(repository: Path, number: int) -> Release:
    """Read release `number` from a Triton model repository.

    Raises:
        ReleaseError: it is not there, or its document cannot be read.
    """
    document = repository / f"speech_defects_{number}" / "release.json"
    try:
        release = msgspec.json.decode(document.read_bytes(), type=Release)
        taxonomy = release.taxonomy.only([defect.name for defect in release.defects])
    except FileNotFoundError as error:
        raise ReleaseError(f"release {number} is not in {repository}", "Deploy it, or choose another") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise ReleaseError(f"{document} cannot be read: {error}", "Export the release again") from error
    if (release.letters, release.classes) != (taxonomy.letters, taxonomy.classes):
        raise ReleaseError(f"{document} has other letters or classes than its taxonomy", "Export the release again")
    return msgspec.structs.replace(release, taxonomy=taxonomy)


def releases_in(repository: Path) -> tuple[int, ...]:
    """The numbers of all releases in a Triton model repository, ascending."""
    names = (path.parent.name for path in repository.glob("speech_defects_*/release.json"))
    return tuple(sorted(int(name.rsplit("_", 1)[1]) for name in names))
