"""Small numbers are seen as such, and pages of a ranking neither overlap nor leave anyone out."""

import pytest

from diktor.errors import QueryError
from diktor.store.figures import DefectFigures, Figures, Group, Order, ranked, share


def group(key: str, likely: int = 0, none: int = 0, risk: float | None = None, calls: int = 1) -> Group:
    found = DefectFigures(
        "rhotacism", likely=likely, none=none, mean_risk=risk, likely_share=share(likely, likely + none)
    )
    return Group(key, "t", Figures(calls, 1000 * calls, (found,)))


def keys(groups: list[Group], order: Order, **more: bool) -> list[str]:
    return [item.key for item in ranked(groups, order, "rhotacism", 0, 100, **more).rows]


def test_a_share_carries_wilsons_interval() -> None:
    found = share(8, 10)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert share(0, 0) is None
    none, every = share(0, 5), share(5, 5)
    assert none is not None
    assert every is not None
    assert (none.low, every.high) == pytest.approx((0.0, 1.0))
    assert none.high == pytest.approx(1 - every.low)


def test_one_call_of_one_does_not_come_before_eighty_of_a_hundred() -> None:
    assert keys([group("lucky", 1), group("sure", 80, 20)], "likely") == ["sure", "lucky"]


def test_who_was_never_judged_comes_last_either_way() -> None:
    groups = [group("a", 1, 1, 60.0), group("b"), group("c", 1, 1, 20.0)]
    assert keys(groups, "risk") == ["a", "c", "b"]
    assert keys(groups, "risk", descending=False) == ["c", "a", "b"]
    assert keys(groups, "key") == ["c", "b", "a"]


@pytest.mark.parametrize("order", ["key", "calls", "talk", "risk", "likely"])
def test_pages_make_up_the_whole_also_among_equals(order: Order) -> None:
    groups = [group(f"o{number:02}", number % 3, number % 2, number % 3 * 10.0, number % 4) for number in range(25)]
    pages = [ranked(groups, order, "rhotacism", offset, 7) for offset in (0, 7, 14, 21)]
    together = [item.key for page in pages for item in page.rows]
    assert together == keys(groups[::-1], order)
    assert sorted(together) == [item.key for item in groups]
    assert {page.total for page in pages} == {25}


def test_a_page_that_cannot_be_is_refused() -> None:
    with pytest.raises(QueryError, match="No such page"):
        ranked([], "calls", "rhotacism", -1, 10)
