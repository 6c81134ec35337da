"""A row's stamp is later than that of the row it replaces, whatever was done to the clock."""

from datetime import UTC, datetime, timedelta

from diktor.stamp import NEVER, stamp


def test_a_stamp_is_the_time_as_it_is() -> None:
    assert abs(stamp() - datetime.now(UTC)) < timedelta(seconds=5)
    assert stamp() > NEVER


def test_a_stamp_is_later_than_what_it_replaces_after_the_clock_was_set_back() -> None:
    an_hour_ahead = datetime.now(UTC) + timedelta(hours=1)
    first = stamp(an_hour_ahead)
    second = stamp(first)
    assert an_hour_ahead < first < second < an_hour_ahead + timedelta(seconds=1)
