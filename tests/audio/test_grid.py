"""The grid is the contract's formula."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from diktor.audio.grid import Grid

grids = st.integers(1, 3000).flatmap(lambda hop: st.builds(Grid, st.integers(hop, 6000), st.just(hop)))
durations = st.integers(0, 60_000)


@given(grids, durations)
def test_windows_cover_the_channel_and_end_with_it(grid: Grid, duration: int) -> None:
    windows = grid.windows(duration)
    assert len(windows) == grid.count(duration)
    if duration == 0:
        assert windows == ()
        return
    assert (windows[0].start_ms, windows[-1].end_ms) == (0, duration)
    assert all(
        b.start_ms <= a.end_ms and b.start_ms - a.start_ms == grid.hop_ms for a, b in itertools.pairwise(windows)
    )
    assert all(w.end_ms - w.start_ms == grid.length_ms for w in windows[:-1])


@given(grids, durations)
def test_a_window_is_complete_when_its_end_was_received(grid: Grid, received: int) -> None:
    complete = grid.complete(received)
    assert complete == sum(grid.window(k).end_ms <= received for k in range(complete + 2))


@given(grids, st.integers(1, 60_000))
def test_the_last_window_that_can_hold_audio_starts_before_its_end(grid: Grid, end: int) -> None:
    last = grid.last_containing(end)
    assert grid.window(last).start_ms < end <= grid.window(last + 1).start_ms


def test_the_contracts_own_numbers() -> None:
    grid = Grid()
    assert [grid.count(ms) for ms in (0, 1, 5000, 5001, 9000, 9001, 60_000)] == [0, 1, 1, 2, 2, 3, 15]
