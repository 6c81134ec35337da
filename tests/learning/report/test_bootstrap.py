"""Intervals hold what they should, and are as wide as the evidence is thin."""

import numpy as np

from diktor.learning.report import measures
from diktor.learning.report.bootstrap import Draws, Figure


def _width(figure: Figure) -> float:
    assert figure.low is not None
    assert figure.high is not None
    return figure.high - figure.low


def test_an_interval_of_a_share_is_the_binomial_one() -> None:
    hits = np.arange(400) % 2 == 0
    found = Draws.of(["all"] * 400).figure(np.arange(400), measures.share(hits))
    assert found.value == 0.5
    assert abs(_width(found) - 2 * 1.96 * 0.025) < 0.015
    assert found == Draws.of(["all"] * 400).figure(np.arange(400), measures.share(hits))


def test_the_same_audio_in_several_calls_tells_no_more_than_once() -> None:
    hits = np.repeat(np.arange(100) % 2 == 0, 3)
    once = Draws.of(["all"] * 100).figure(np.arange(100), measures.share(hits[::3]))
    thrice = Draws.of(["all"] * 300, 3).figure(np.arange(300), measures.share(hits))
    assert 0.8 < _width(thrice) / _width(once) < 1.25


def test_rows_of_a_call_are_drawn_together() -> None:
    hits = np.repeat(np.arange(50) % 2 == 0, 10)
    together = Draws.of(["all"] * 50).figure(np.repeat(np.arange(50), 10), measures.share(hits))
    apart = Draws.of(["all"] * 500).figure(np.arange(500), measures.share(hits))
    assert _width(together) > 2 * _width(apart)


def test_every_draw_holds_as_many_of_each_kind() -> None:
    kinds = ["a"] * 10 + ["b"] * 30
    found = Draws.of(kinds).figure(np.arange(40), measures.share(np.array(kinds) == "a"))
    assert found == Figure(0.25, 0.25, 0.25)


def test_one_call_has_no_interval_and_none_no_figure() -> None:
    draws = Draws.of(["a", "a", "a"])
    assert draws.figure(np.zeros(5, np.int64), measures.share(np.ones(5, bool))) == Figure(1.0)
    assert draws.figure(np.zeros(0, np.int64), measures.share(np.ones(0, bool))) == Figure()


def test_kinds_of_one_call_each_are_still_drawn() -> None:
    found = Draws.of(["a", "b", "c", "d"]).figure(np.arange(4), measures.share(np.array([True, False, True, False])))
    assert _width(found) > 0.5


def test_a_difference_is_taken_within_draws() -> None:
    rng = np.random.default_rng(0)
    target, scores = rng.random(200) < 0.5, rng.normal(size=200)
    rows = (np.arange(200), measures.auc(scores + target, target))
    draws = Draws.of(["all"] * 200)
    assert draws.difference(rows, rows) == Figure(0.0, 0.0, 0.0)
    better = (np.arange(200), measures.auc(scores + 1.2 * target, target))
    assert _width(draws.difference(better, rows)) < 0.5 * _width(draws.figure(*rows))
