import pytest
import torch

from diktor.learning.averaging import Average
from diktor.learning.model import DefectNet, MemberSpec
from diktor.learning.transplant import build


@pytest.fixture
def net() -> DefectNet:
    return build(MemberSpec("tiny", layers=1, tuned=1, hidden=8, far=5), None, None)


def put(net: DefectNet, value: float) -> None:
    with torch.no_grad():
        for part in net.trained().values():
            for weights in part.parameters():
                weights.fill_(value)


def weights_of(net: DefectNet) -> torch.Tensor:
    return torch.cat([weights.detach().flatten() for part in net.trained().values() for weights in part.parameters()])


def test_the_weights_are_the_mean_of_those_at_the_end(net: DefectNet) -> None:
    first = Average(net, share=0.5, steps=56)  # every second step is taken, of the last 28
    for step in range(1, 41):
        put(net, step)
        first.take(step)
    second = Average(net, share=0.5, steps=56)
    second.load(first.state())
    for step in range(41, 57):
        put(net, step)
        second.take(step)
    second.choose()
    found = weights_of(net)
    torch.testing.assert_close(found, torch.full_like(found, sum(range(30, 57, 2)) / 14))


@pytest.mark.parametrize(("share", "last"), [(0.25, 74), (0.0, 100)])
def test_before_it_begins_the_weights_stay_as_they_are(net: DefectNet, share: float, last: int) -> None:
    average = Average(net, share=share, steps=100)
    put(net, 3)
    for step in range(1, last + 1):
        average.take(step)
    assert average.state() is None
    average.load(None)
    average.choose()
    assert weights_of(net).unique().tolist() == [3.0]


def test_a_member_is_averaged_or_stopped_early() -> None:
    with pytest.raises(ValueError, match="and not both"):
        MemberSpec("tiny", layers=1, tuned=1, averaged=0.5, patience=3)
