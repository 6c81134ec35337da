"""A member that goes on from an earlier run, and how much of what it was it still is at the end."""

from pathlib import Path

import msgspec
import pytest
import torch

from diktor.learning import stages
from diktor.learning.averaging import State
from diktor.learning.model import MemberSpec
from diktor.learning.run import Run, save, started
from diktor.learning.training import train_member

SPEC = MemberSpec("tiny", layers=1, tuned=1, hidden=16, far=5, seed=5)


def test_so_much_as_is_kept_of_the_earlier_weights_is_in_those_at_the_end(run: Run, tiny_whisper: Path) -> None:
    stages.start(run, [SPEC], 1, str(tiny_whisper))
    earlier = started(run, SPEC).trained_state()
    save(run.weights(SPEC, "before"), earlier)
    gone_on, kept = (_trained(run, share) for share in (0.0, 0.25))
    moved = [
        not torch.equal(value, earlier[part][name])
        for part, values in gone_on.items()
        for name, value in values.items()
    ]
    assert sum(moved) > len(moved) / 2
    for part, values in kept.items():
        for name, value in values.items():
            expected = 0.25 * earlier[part][name] + 0.75 * gone_on[part][name]
            torch.testing.assert_close(value, expected)


def test_a_member_that_begins_has_nothing_to_keep(run: Run, tiny_whisper: Path) -> None:
    stages.start(run, [SPEC], 1, str(tiny_whisper))
    without, kept = (_trained(run, share) for share in (0.0, 0.5))
    torch.testing.assert_close(kept, without, rtol=0, atol=0)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_all_of_it_or_less_than_nothing_cannot_be_kept(share: float) -> None:
    with pytest.raises(ValueError, match="below 1"):
        MemberSpec("tiny", layers=1, tuned=1, kept=share)


def _trained(run: Run, share: float) -> State:
    spec = msgspec.structs.replace(SPEC, kept=share)
    states = stages.keep_states(run, [spec], lambda done, total: None)
    train_member(run, spec, "stage2", 5, states, lambda progress: None)
    weights: State = torch.load(run.weights(spec, "stage2"), weights_only=True)
    run.weights(spec, "stage2").unlink()
    return weights
