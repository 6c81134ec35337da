"""A run that was evaluated, of a network whose figures are known."""

from pathlib import Path

import msgspec
import pytest

from diktor.defects import DEFAULT
from diktor.learning.assess import Evaluation
from diktor.learning.calibration import calibrate
from diktor.learning.report.kept import keep
from diktor.learning.run import Run
from tests.support.labelled import heard
from tests.support.labelled import labelled as written

MEMBERS = ("knowing", "guessing")


@pytest.fixture(scope="session")
def labelled(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(corpus, tmp_path_factory.mktemp("labelled"))


@pytest.fixture(scope="session")
def evaluated(labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("run"), labelled)
    splits = {"dev": heard(labelled, "dev"), "test": heard(labelled, "test"), "exact": heard(labelled, "test", 1)}
    for name, scored in splits.items():
        keep(run.heard(name), scored, MEMBERS, "test")
    calibration = calibrate(splits["dev"], MEMBERS, DEFAULT)
    run.evaluation.write_bytes(msgspec.json.encode(Evaluation("test", "revision", calibration, {})))
    return run
