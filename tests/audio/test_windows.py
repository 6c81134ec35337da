"""Windows depend on the audio alone: not on its split into frames, nor on where a replay begins."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diktor.audio.grid import Grid
from diktor.audio.windows import Assembled, ChannelWindows
from diktor.errors import ContractError

GRID = Grid(length_ms=500, hop_ms=400)  # the grid's arithmetic does not know how long a second is


def speech(duration_ms: int, rate: int = 8000) -> np.ndarray:
    return np.random.default_rng(duration_ms).integers(-30000, 30000, duration_ms * rate // 1000, dtype=np.int16)


def scored(windows: list[Assembled]) -> list[tuple[int, int, bytes]]:
    return [(item.window.start_ms, item.window.end_ms, item.pcm.tobytes()) for item in windows]


def feed(channel: ChannelWindows, pcm: np.ndarray, cuts_ms: list[int], rate: int, start_ms: int = 0) -> list[Assembled]:
    made = []
    edges = [start_ms, *sorted({c for c in cuts_ms if start_ms < c < len(pcm) * 1000 // rate}), len(pcm) * 1000 // rate]
    for a, b in itertools.pairwise(edges):
        made += channel.add(a, pcm[a * rate // 1000 : b * rate // 1000], rate)
    return made


durations = st.integers(1, 4000)
cuts = st.lists(st.integers(1, 4000), max_size=40)
rates = st.sampled_from([8000, 16000])


@given(durations, cuts, rates)
def test_windows_are_the_same_for_any_split_into_frames(duration: int, cut: list[int], rate: int) -> None:
    pcm = speech(duration, rate)
    whole, split = ChannelWindows(GRID), ChannelWindows(GRID)
    a = feed(whole, pcm, [], rate) + whole.finish()
    b = feed(split, pcm, cut, rate) + split.finish()
    assert scored(a) == scored(b)
    assert [(w.window.start_ms, w.window.end_ms) for w in b] == [(w.start_ms, w.end_ms) for w in GRID.windows(duration)]


@given(durations, cuts, st.integers(0, 4000))
def test_a_replay_from_any_frame_makes_the_missing_windows_and_no_other(
    duration: int, cut: list[int], seen: int
) -> None:
    pcm = speech(duration)
    first = ChannelWindows(GRID)
    before = feed(first, pcm[: min(seen, duration) * 8], cut, 8000)
    everything = ChannelWindows(GRID)
    full = scored(feed(everything, pcm, cut, 8000) + everything.finish())
    stored = {item.window.start_ms: item.window.end_ms for item in before}
    # frames whose every window is stored were acknowledged: the replay may begin at the first window not stored
    start = len(stored) * GRID.hop_ms
    start = max((c for c in [0, *cut] if c <= start), default=0)
    again = ChannelWindows(GRID, stored)
    replayed = scored(feed(again, pcm, cut, 8000, min(start, duration)) + again.finish())
    assert replayed == [row for row in full if row[0] not in stored]


@given(durations, cuts)
def test_repeats_and_overlaps_are_dropped_by_position(duration: int, cut: list[int]) -> None:
    pcm = speech(duration)
    plain, doubled = ChannelWindows(GRID), ChannelWindows(GRID)
    expected = scored(feed(plain, pcm, [], 8000) + plain.finish())
    made, end = [], 0
    for edge in [*sorted(c for c in cut if c < duration), duration]:
        made += doubled.add(max(0, end - 130), pcm[max(0, end - 130) * 8 : edge * 8], 8000)
        made += doubled.add(0, pcm[: end * 8], 8000)
        end = edge
    made += doubled.finish()
    assert scored(made) == expected


def test_a_gap_is_silence() -> None:
    channel = ChannelWindows(GRID)
    channel.add(0, speech(100), 8000)
    channel.add(430, speech(50), 8000)
    (window,) = channel.finish()
    assert not window.pcm[800:3440].any()
    assert window.pcm[3440:3840].any()
    assert window.window.end_ms == 480


def test_an_empty_channel_has_no_windows() -> None:
    assert ChannelWindows(GRID).finish() == []


def test_a_channel_that_changes_its_rate_is_out_of_contract() -> None:
    channel = ChannelWindows(GRID)
    channel.add(0, speech(20), 8000)
    with pytest.raises(ContractError, match="rate changed from 8000 to 16000"):
        channel.add(20, speech(20, 16000), 16000)


def test_only_what_open_windows_need_is_held() -> None:
    channel = ChannelWindows(GRID)
    for position in range(0, 100_000, 100):
        channel.add(position, speech(100), 8000)
    assert sum(len(samples) for _, samples in channel._pieces) <= (500 + 100) * 8


def test_an_hour_that_is_missing_costs_no_memory() -> None:
    channel = ChannelWindows(GRID)
    channel.add(0, speech(100), 8000)
    windows = channel.add(3_600_000, speech(100), 8000)
    assert len(windows) == 9000
    assert len({id(item.pcm) for item in windows[1:-1]}) == 1
    assert not windows[5].pcm.any()
