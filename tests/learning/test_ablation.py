"""Arms differ in when letters are counted alone, and what was done is not done again."""

from pathlib import Path

import pytest

from diktor.learning import ablation, stages
from diktor.learning.model import MemberSpec
from diktor.learning.report.document import Ablation
from diktor.learning.report.kept import alone
from diktor.learning.run import Run, body_state, save
from diktor.learning.training import STEPS_PER_MINUTE
from diktor.learning.transplant import build
from tests.support.labelled import heard, labelled

SPEC = MemberSpec("tiny", layers=1, tuned=0, hidden=8, far=3)


def test_arms_take_as_many_steps_in_all_or_in_stage_2() -> None:
    arms = ablation.courses(SPEC, (1, 2), 40, 0.25)
    assert [(arm.stage1, arm.stage2) for arm in arms] == [(10, 30), (0, 40), (0, 40), (0, 30)] * 2
    assert [bool(arm.spec.counting) for arm in arms] == [True, True, False, True] * 2
    assert [arm.spec.seed for arm in arms] == [1, 1, 1, 1, 2, 2, 2, 2]
    assert len({arm.spec.name for arm in arms}) == 8


def test_worth_is_the_mean_difference_of_the_seeds(corpus: Path, tmp_path: Path) -> None:
    calls = heard(labelled(corpus, tmp_path), "test", 1)
    knowing, guessing = (alone(calls, number) for number in (0, 1))
    said = [knowing, guessing, guessing, guessing, knowing, knowing, guessing, knowing]
    found = ablation.compared("tiny", ablation.courses(SPEC, (1, 2), 40, 0.25), said)
    areas = [arm.auc["rhotacism"].value for arm in found.arms]
    assert areas[0] > areas[1]
    assert found.worth["rhotacism"].value == pytest.approx((areas[0] - areas[1]) / 2, abs=1e-3)
    assert found.counting["rhotacism"].value == pytest.approx(areas[0] - areas[1], abs=1e-3)
    assert found.before["rhotacism"].value == pytest.approx((areas[0] - areas[1]) / 2, abs=1e-3)


@pytest.mark.timeout(900)  # five processes load torch, one after another: slow where the machine is busy
def test_an_arm_is_trained_and_heard_once(corpus: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "run", labelled(corpus, _made(tmp_path / "labelled")))
    save(run.start, body_state(build(SPEC, None, None)))
    states = stages.keep_states(run, [SPEC], lambda done, of: None)
    minutes = 4.5 / STEPS_PER_MINUTE[1]

    def compare() -> Ablation:
        return ablation.ablate(run, SPEC, (1,), minutes, 0.5, states, 1, lambda name, done, of: None)

    found = compare()
    assert found.steps == 4
    wanted = [("first", (2, 2)), ("along", (0, 4)), ("never", (0, 4)), ("along, shorter", (0, 2))]
    assert [(arm.counted, arm.steps) for arm in found.arms] == wanted
    assert all(figure.value is not None for arm in found.arms for figure in arm.auc.values())
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*") if path.is_file()}
    assert compare() == found
    assert {path: path.stat().st_mtime_ns for path in run.folder.rglob("*") if path.is_file()} == before


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
