"""What `release.json` says of a release, and reading it."""

import re
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


_MODEL = re.compile(r"[a-z][a-z0-9_]*")
"""What a member may be called: the name is a folder's."""


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
    """What `release.json` holds. `files` maps paths to SHA-256 digests: below the Triton repository that it was
    exported to, in the release store below the release's own folder."""

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
    def samples(self) -> int:
        """A window's length in samples."""
        return self.rate * self.length_ms // 1000

    @property
    def frames(self) -> int:
        """Steps of the frame-wise outputs in a window."""
        return self.length_ms // FRAME_MS

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
        return read_release(document.read_bytes(), str(document))
    except FileNotFoundError as error:
        raise ReleaseError(f"release {number} is not in {repository}", "Deploy it, or choose another") from error


def read_release(content: bytes, where: str) -> Release:
    """A release's document; `where` is what errors call it.

    Raises:
        ReleaseError: it cannot be read, contradicts itself, or names what can be no model or file of a release.
    """
    try:
        release = msgspec.json.decode(content, type=Release)
        taxonomy = release.taxonomy.only([defect.name for defect in release.defects])
    except (msgspec.MsgspecError, ValueError) as error:
        raise ReleaseError(f"{where} cannot be read: {error}", "Export the release again") from error
    if (release.letters, release.classes) != (taxonomy.letters, taxonomy.classes):
        raise ReleaseError(f"{where} has other letters or classes than its taxonomy", "Export the release again")
    wrong = [name for name in release.members if not _MODEL.fullmatch(name)]
    wrong += [name for name in release.files if name.startswith("/") or ".." in Path(name).parts]
    if wrong or not release.members:
        raise ReleaseError(f"{where} names {wrong or 'no members'}", "Export the release again")
    return msgspec.structs.replace(release, taxonomy=taxonomy)


def releases_in(repository: Path) -> tuple[int, ...]:
    """The numbers of all releases in a Triton model repository, ascending."""
    names = (path.parent.name for path in repository.glob("speech_defects_*/release.json"))
    return tuple(sorted(int(name.rsplit("_", 1)[1]) for name in names))
