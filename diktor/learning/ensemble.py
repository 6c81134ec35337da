"""The ensemble in this process: the members' ONNX files and the release's arithmetic, as Triton runs them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from diktor.releases import Release
from diktor.scoring.combine import Floats, Parameters, Scores, combine, normalise
from diktor.scoring.parameters import load


class MemberOutputs(NamedTuple):
    """What the members say of one window: (M, T, L) rates, (M, T, D) and (M, T, D) logits."""

    markers: Floats
    with_: Floats
    without: Floats


class Ensemble:
    """Scores single windows; each member on one thread, a window at a time."""

    def __init__(self, members: Sequence[Path], parameters: Parameters) -> None:
        self._sessions = [session(path) for path in members]
        self.parameters = parameters

    @classmethod
    def of_release(cls, repository: Path, release: Release) -> Self:
        """The ensemble of a release in a Triton model repository."""
        version = str(release.number)
        members = [repository / name / version / "model.onnx" for name in release.members]
        return cls(members, load(repository / "combine" / version / "calibration.json"))

    def listen(self, pcm: NDArray[np.int16]) -> MemberOutputs:
        """The members' outputs for a window of (40000,) int16."""
        return self.hear(normalise(pcm))

    def hear(self, window: Floats) -> MemberOutputs:
        """The same for a normalised window of (40000,) float32."""
        found = [member.run(("MARKERS", "WITH", "WITHOUT"), {"WINDOW": window[None]}) for member in self._sessions]
        return MemberOutputs(*(np.stack([outputs[k][0] for outputs in found]) for k in range(3)))

    def score(self, pcm: NDArray[np.int16]) -> Scores:
        """The scores of a window of (40000,) int16."""
        return combine(*self.listen(pcm), self.parameters)


def session(path: Path, threads: int = 1) -> onnxruntime.InferenceSession:
    """A member on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
