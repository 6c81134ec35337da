"""A comparison finds what is there as often as its interval says, and takes no mixture of levels for a change."""

from random import Random
from statistics import fmean, variance

import pytest

from diktor.store.comparison import Pair, Sample, compared


def sample(*risks: float) -> Sample:
    return Sample(len(risks), fmean(risks), variance(risks))


def drawn(random: Random, count: int, mean: float, spread: float) -> Sample:
    return sample(*(random.gauss(mean, spread) for _ in range(count)))


@pytest.mark.parametrize(("calls", "quantile"), [(5, 2.3060), (11, 2.0860), (61, 1.9799)])  # 8, 20, 120 degrees
def test_one_operator_has_welchs_t_interval(calls: int, quantile: float) -> None:
    found = compared([Pair(Sample(calls, 60.0, 100.0), Sample(calls, 50.0, 100.0))])
    assert (found.risk_before, found.risk_after, found.difference) == (60.0, 50.0, -10.0)
    assert found.high - found.difference == pytest.approx(quantile * (200 / calls) ** 0.5, abs=1e-3)
    assert found.difference - found.low == pytest.approx(found.high - found.difference)


def test_unequal_sides_have_the_degrees_of_freedom_of_welch() -> None:
    found = compared([Pair(Sample(5, 50.0, 100.0), Sample(20, 50.0, 20.0))])
    # variances of the means 20 and 1: 21² / (20² / 4 + 1² / 19) = 4.41 degrees, between the table's 5 and 4
    assert 2.5706 < (found.high - found.difference) / 21**0.5 < 2.7764


@pytest.mark.parametrize("effect", [0.0, -6.0])
def test_the_interval_holds_the_true_difference_in_95_of_a_hundred(effect: float) -> None:
    random = Random(7)
    tries, held, seen = 1500, 0, 0
    for _ in range(tries):
        found = compared(
            [
                Pair(drawn(random, 8, 40.0, 20.0), drawn(random, 30, 40.0 + effect, 10.0)),
                Pair(drawn(random, 40, 70.0, 10.0), drawn(random, 12, 70.0 + effect, 15.0)),
                Pair(drawn(random, 25, 20.0, 5.0), drawn(random, 25, 20.0 + effect, 5.0)),
            ]
        )
        held += found.low <= effect <= found.high
        seen += not found.low <= 0 <= found.high
    assert 0.935 < held / tries < 0.965
    assert seen / tries > 0.4 if effect else seen / tries < 0.065


def test_who_takes_more_calls_afterwards_is_no_effect() -> None:
    random = Random(1)
    pairs = [
        Pair(drawn(random, 20, 10.0, 5.0), drawn(random, 400, 10.0, 5.0)),
        Pair(drawn(random, 400, 80.0, 5.0), drawn(random, 20, 80.0, 5.0)),
    ]
    found = compared(pairs)  # the mean of all calls would fall from 77 to 13
    assert (found.operators, found.calls_before, found.calls_after) == (2, 420, 420)
    assert found.low < 0 < found.high
    assert abs(found.difference) < 3


def test_calls_that_are_all_alike_differ_by_what_they_differ() -> None:
    found = compared([Pair(Sample(9, 50.0), Sample(9, 40.0))])
    assert (found.low, found.difference, found.high) == (-10.0, -10.0, -10.0)


@pytest.mark.parametrize("pairs", [[], [Pair(Sample(1, 1.0), Sample(9, 1.0, 1.0))]])
def test_nothing_is_compared_with_nothing(pairs: list[Pair]) -> None:
    with pytest.raises(ValueError, match="both sides"):
        compared(pairs)
