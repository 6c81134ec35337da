"""Too many dead letters among the latest ones halt a worker; a few among many do not."""

import pytest

from services.scorer.limit import LATEST, LEAST, LossLimit


@pytest.fixture
def reasons() -> list[str]:
    return []


def go(limit: LossLimit, count: int, lost_every: int) -> None:
    for number in range(1, count + 1):
        limit.seen()
        if number % lost_every == 0:
            limit.lost("out of contract")


def test_a_topic_of_the_wrong_format_halts_after_few_letters(reasons: list[str]) -> None:
    go(LossLimit("events", 0.5, reasons.append), LEAST, 1)
    (reason,) = reasons
    assert reason.startswith(f"{LEAST} of the latest {LEAST} events became dead letters, the last because: out of")
    assert "DIKTOR_DEAD_LETTER_SHARE" in reason


def test_a_share_below_the_limit_goes_on_for_ever(reasons: list[str]) -> None:
    go(LossLimit("events", 0.5, reasons.append), 20 * LATEST, 3)
    assert reasons == []


def test_old_letters_are_forgotten_and_new_ones_count(reasons: list[str]) -> None:
    limit = LossLimit("events", 0.5, reasons.append)
    go(limit, LEAST - 1, 1)
    go(limit, 10 * LATEST, 10**9)
    assert reasons == []
    go(limit, LATEST // 2 + 1, 1)
    assert reasons


def test_one_says_never(reasons: list[str]) -> None:
    go(LossLimit("events", 1.0, reasons.append), 2 * LATEST, 1)
    assert reasons == []
