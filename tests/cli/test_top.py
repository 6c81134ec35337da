"""Figures from two looks at metrics in text form."""

import pytest

from diktor.cli.top import report
from diktor.cli.top_metrics import Sample, parsed, quantile, rate

TEXT = """
# TYPE diktor_scorer_windows_total counter
diktor_scorer_windows_total{outcome="scored"} %d
diktor_scorer_windows_total{outcome="silent"} %d
# TYPE diktor_scorer_window_seconds histogram
diktor_scorer_window_seconds_bucket{le="0.1"} %d
diktor_scorer_window_seconds_bucket{le="0.5"} %d
diktor_scorer_window_seconds_bucket{le="+Inf"} %d
# TYPE diktor_scorer_lag_seconds gauge
diktor_scorer_lag_seconds{partition="0"} 1.5
diktor_scorer_lag_seconds{partition="3"} 4.25
"""


def look(at: float, *numbers: int) -> Sample:
    return Sample(at, parsed(TEXT % numbers).values)


def test_a_rate_is_the_increase_between_two_looks() -> None:
    assert rate(look(10, 100, 20, 0, 0, 0), look(12, 130, 30, 0, 0, 0), "diktor_scorer_windows_total") == 20


def test_a_part_that_was_restarted_counts_from_nothing() -> None:
    assert rate(look(10, 100, 20, 0, 0, 0), look(12, 3, 1, 0, 0, 0), "diktor_scorer_windows_total") == 2


def test_a_part_that_did_not_answer_has_no_rate() -> None:
    assert rate(None, look(12, 3, 1, 0, 0, 0), "diktor_scorer_windows_total") == 0
    assert rate(look(12, 3, 1, 0, 0, 0), Sample(), "diktor_scorer_windows_total") == 0


def test_a_quantile_is_of_what_came_between_and_interpolated() -> None:
    early, late = look(0, 0, 0, 100, 100, 100), look(1, 0, 0, 100, 120, 120)
    assert quantile(early, late, "diktor_scorer_window_seconds", 0.5) == pytest.approx(0.3)
    assert quantile(None, late, "diktor_scorer_window_seconds", 0.5) == pytest.approx(0.06)


def test_a_quantile_beyond_the_last_edge_is_that_edge() -> None:
    assert quantile(None, look(1, 0, 0, 0, 0, 10), "diktor_scorer_window_seconds", 0.95) == 0.5


def test_the_report_has_every_scorer_that_answers() -> None:
    found = report({"scorer-0": look(0, 0, 0, 0, 0, 0)}, {"scorer-0": look(2, 8, 2, 10, 10, 10), "scorer-1": Sample()})
    assert list(found["scorers"]) == ["scorer-0"]
    assert found["scorers"]["scorer-0"]["windows_per_s"] == 5
    assert found["scorers"]["scorer-0"]["lag_s"] == 4.2
    assert found["parts"] == {}
