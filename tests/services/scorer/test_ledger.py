"""The acknowledged offset never passes an event that is not done."""

from hypothesis import given
from hypothesis import strategies as st

from services.scorer.ledger import Ledger


@given(st.permutations(range(12)))
def test_events_are_acknowledged_in_order_and_never_past_one_undone(order: list[int]) -> None:
    ledger: Ledger[int] = Ledger()
    entries = [ledger.received(offset) for offset in range(12)]
    acknowledged: list[int] = []
    done: set[int] = set()
    for offset in order:
        acknowledged += ledger.done(entries[offset])
        done.add(offset)
        assert acknowledged == list(range(len(acknowledged)))
        assert set(acknowledged) <= done
        assert len(acknowledged) == next((i for i in range(12) if i not in done), 12)
    assert len(ledger) == 0


def test_marking_an_event_done_twice_changes_nothing() -> None:
    ledger: Ledger[str] = Ledger()
    first, second = ledger.received("first"), ledger.received("second")
    assert ledger.done(second) == []
    assert ledger.done(second) == []
    assert ledger.done(first) == ["first", "second"]
