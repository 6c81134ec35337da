"""At the level of calls a false alarm weighs more than a miss."""

import numpy as np

from diktor.learning.calibration import FALSE_CALL, line


def _wrong(target: np.ndarray, false_alarm: float) -> tuple[int, int]:
    """False alarms and misses of defects whose logits lie above the others', and among them."""
    logits = np.random.default_rng(3).normal(np.where(target, 1.0, -1.0), 1.0)
    fitted = line(logits, target, false_alarm)
    said = fitted.slope * logits + fitted.intercept >= 0
    return int((said & ~target).sum()), int((~said & target).sum())


def test_a_weighty_false_alarm_is_rarer_and_misses_are_not() -> None:
    target = np.arange(400) % 4 == 0
    (alarms, misses), (fewer, more) = _wrong(target, 1.0), _wrong(target, FALSE_CALL)
    assert fewer < 0.7 * alarms
    assert misses < more < len(target) / 8


def test_rare_defects_weigh_as_much_as_frequent_ones() -> None:
    """However many calls have it: between the means of both kinds a defect is as likely as none."""
    for every in (2, 10):
        target = np.arange(2000) % every == 0
        logits = np.random.default_rng(3).normal(np.where(target, 1.0, -1.0), 1.0)
        assert abs(line(logits, target).intercept) < 0.3


def test_one_kind_alone_leaves_logits_as_they_are() -> None:
    fitted = line(np.array([1.0, 2.0]), np.array([True, True]), FALSE_CALL)
    assert (fitted.slope, fitted.intercept) == (1.0, 0.0)
