"""The folder of a training run: what each step leaves there and the next one finds."""

import subprocess
from pathlib import Path
from typing import NamedTuple

import msgspec
import torch
from torch import Tensor

from diktor.defects import Taxonomy
from diktor.errors import DiktorError
from diktor.files import draft
from diktor.learning.backbone import WHISPER_BASE, Backbone
from diktor.learning.corpus.clips import taxonomy_of
from diktor.learning.model import DefectNet, MemberSpec


class Run(NamedTuple):
    """Paths of one training run on one corpus."""

    folder: Path
    corpus: Path

    @property
    def start(self) -> Path:
        """Members before training: front-end and frozen layers."""
        return self.folder / "start.pt"

    @property
    def origin(self) -> Path:
        """What the members start from, and their backbone's form."""
        return self.folder / "start.json"

    @property
    def members(self) -> Path:
        """The members, where they are not the shipped ensemble's."""
        return self.folder / "members.json"

    @property
    def revision(self) -> Path:
        """The commit of the code that began the run."""
        return self.folder / "revision"

    @property
    def states(self) -> Path:
        """Frozen layers' states of every training window."""
        return self.folder / "states"

    @property
    def evaluation(self) -> Path:
        """Figures and calibration."""
        return self.folder / "evaluation.json"

    @property
    def taxonomy(self) -> Taxonomy:
        """Which defects it learns: those of its corpus."""
        return taxonomy_of(self.corpus)

    @property
    def audits(self) -> Path:
        """What `audit` found, with this run's network."""
        return self.folder / "audits.json"

    @property
    def contrast(self) -> Path:
        """What real recordings said of the run's network."""
        return self.folder / "contrast.json"

    @property
    def report(self) -> Path:
        """All figures."""
        return self.folder / "report.json"

    @property
    def page(self) -> Path:
        """The same to look at."""
        return self.folder / "report.html"

    @property
    def codecs(self) -> Path:
        """Figures through each codec."""
        return self.folder / "codecs.json"

    @property
    def ablation(self) -> Path:
        """What stage 1 is worth."""
        return self.folder / "ablation.json"

    def heard(self, name: str) -> Path:
        """What the members said of held-out calls, from which reports are drawn."""
        return self.folder / "heard" / f"{name}.npz"

    def weights(self, spec: MemberSpec, stage: str) -> Path:
        """A member's trained parts after `stage`."""
        return self.folder / spec.name / f"{stage}.pt"

    def onnx(self, spec: MemberSpec) -> Path:
        """A member as it is shipped."""
        return self.folder / spec.name / "model.onnx"

    def float_onnx(self, spec: MemberSpec) -> Path:
        """The same before quantisation."""
        return self.folder / spec.name / "float.onnx"


def save(path: Path, value: object) -> None:
    """Write with torch, all or nothing.

    Raises:
        DiktorError: the place cannot be written.
    """
    with draft(path) as hidden, hidden.open("wb") as file:
        torch.save(value, file)


def body_state(net: DefectNet) -> dict[str, Tensor]:
    """Everything below the heads, by name."""
    return {name: value for name, value in net.state_dict().items() if name.startswith("body.")}


PACKAGED = "whisper-start"
"""The start from the packaged Whisper base."""


def canonical(start: str) -> str:
    """The name of a start. The packaged Whisper was called `whisper` before; runs and forms of then still say so."""
    return PACKAGED if start == "whisper" else start


class Origin(msgspec.Struct, frozen=True):
    """What a run started from, as `start.json` keeps it."""

    start: str
    backbone: Backbone


def origin(run: Run) -> Origin:
    """What a run started from; runs older than the document started from the packaged Whisper."""
    if not run.origin.exists():
        return Origin(PACKAGED, WHISPER_BASE)
    known = msgspec.json.decode(run.origin.read_bytes(), type=Origin)
    return msgspec.structs.replace(known, start=canonical(known.start))


def started(run: Run, spec: MemberSpec) -> DefectNet:
    """A member as it was before training.

    Raises:
        DiktorError: `pretrain` has not run.
    """
    if not run.start.exists():
        raise DiktorError(f"{run.folder} holds no started network", "Run first: diktor learn pretrain")
    torch.manual_seed(spec.seed)
    net = DefectNet(spec, run.taxonomy, origin(run).backbone)
    known = torch.load(run.start, weights_only=True)
    wanted = net.state_dict()
    net.load_state_dict({name: known.get(name, value) for name, value in wanted.items()})
    net.eval()
    return net


def trained(run: Run, spec: MemberSpec, stage: str = "stage2") -> DefectNet:
    """A member after `stage`.

    Raises:
        DiktorError: that stage has not run.
    """
    path = run.weights(spec, stage)
    if not path.exists():
        raise DiktorError(f"{spec.name} has not been through {stage}", "Run: diktor learn pretrain, then train")
    net = started(run, spec)
    net.load_trained(torch.load(path, weights_only=True))
    net.eval()
    return net


def revision() -> str:
    """The commit of the code that runs, if this is a checkout."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
