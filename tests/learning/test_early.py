"""Early stopping keeps what did best on the development windows, and stops when nothing gets better."""

from pathlib import Path

import numpy as np
import pytest
import torch

from diktor.learning import early, losses
from diktor.learning.backbone import Backbone
from diktor.learning.model import DefectNet, MemberSpec, Outputs
from diktor.learning.run import Run
from diktor.learning.training import Material, Progress, development_windows, fit
from diktor.learning.transplant import build
from diktor.learning.windows import Labels, Sound, Window

NARROW = Backbone.whisper(32, 2, 64)


def _material(rng: np.random.Generator, at: int) -> Material:
    """Noise with a р at a frame of every window: what is learnt from one such material is wrong for another."""
    windows, labels, states = [], [], []
    for group in range(4):
        phone = Sound(at, at + 4, 0, 1, False, 1.0, (str(group), 0, 0, 0))
        windows.append(Window(str(group), "healthy", 0, ()))
        labels.append(Labels((phone,), (phone._replace(key=None),), np.zeros((250, 3), bool)))
        states.append(rng.normal(size=(250, 32)).astype(np.float16))
    return Material(windows, labels, states)


def _loss(net: DefectNet, material: Material) -> float:
    with torch.no_grad():
        outputs: Outputs = net.heads(torch.from_numpy(np.stack(list(material.states))).float())
        return float(losses.counting(outputs, material.labels))


@pytest.mark.parametrize("hears", [(), ("stuttering",)])
def test_what_no_longer_helps_new_voices_is_stopped_and_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hears: tuple[str, ...]
) -> None:
    """Also of a member that answers nothing of what is looked at: its heads are trained along."""
    monkeypatch.setattr(early, "EVERY", 10)
    rng = np.random.default_rng(1)
    train, held_out = _material(rng, 40), _material(rng, 180)
    spec = MemberSpec("tiny", layers=1, tuned=0, hidden=16, far=5, noise=0.0, dropout=0.0, hears=hears)
    found = {}
    for patience in (0, 2):
        net = build(MemberSpec(**{**_fields(spec), "patience": patience}), None, None, NARROW)
        told: list[Progress] = []
        where = tmp_path / f"{patience}.pt"
        fit(net, train, "stage1", 400, where, told.append, held_out)
        found[patience] = _loss(net, held_out), told[-1].step
    assert found[0][1] == 400
    assert found[2][1] < 400
    assert found[2][0] < found[0][0]


def test_development_windows_are_whole_groups_of_voices_that_are_not_trained_on(run: Run) -> None:
    windows = development_windows(run)
    assert windows == development_windows(run)
    assert len({window.group for window in windows}) == early.GROUPS
    assert {window.pieces[0].clip.split for window in windows} == {"dev"}
    assert sorted(index for group in early.by_group(windows) for index in group) == list(range(len(windows)))


def _fields(spec: MemberSpec) -> dict[str, object]:
    return {name: getattr(spec, name) for name in spec.__struct_fields__}
