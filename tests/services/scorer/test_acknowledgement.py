"""Whatever the frames, their order across channels and the order in which windows are stored: nothing too early."""

import itertools
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from diktor.audio.grid import Grid
from services.scorer.channel import ChannelState
from services.scorer.ledger import Ledger

GRID = Grid(500, 400)
CHANNELS = ("operator", "customer")

cuts = st.lists(st.integers(20, 3000), max_size=25).map(lambda edges: sorted({0, *edges}))


@given(cuts, cuts, st.integers(0, 2**32))
@settings(max_examples=200)
def test_the_acknowledged_offset_never_passes_an_unstored_window(left: list[int], right: list[int], seed: int) -> None:
    rng = Random(seed)
    frames = {name: list(itertools.pairwise(edges)) for name, edges in zip(CHANNELS, (left, right), strict=True)}
    ledger: Ledger[tuple[str, int, int]] = Ledger()
    states = {name: ChannelState(GRID, {}) for name in CHANNELS}
    stored: dict[str, set[int]] = {name: set() for name in CHANNELS}
    pending: list[tuple[str, int]] = []
    complete = dict.fromkeys(CHANNELS, 0)
    received: list[tuple[str, int, int]] = []
    acknowledged: list[tuple[str, int, int]] = []
    while any(frames.values()) or pending:
        ready = [name for name in CHANNELS if frames[name]]
        if ready and (not pending or rng.random() < 0.5):
            name = rng.choice(ready)
            start, end = frames[name].pop(0)
            received.append((name, start, end))
            free = states[name].wait(ledger.received(received[-1]), end)
            pending += [(name, k) for k in range(complete[name], GRID.complete(end))]
            complete[name] = GRID.complete(end)
        else:
            name, window = pending.pop(rng.randrange(len(pending)))
            stored[name].add(window)
            free = states[name].stored(window)
        for entry in free:
            acknowledged += ledger.done(entry)
        assert acknowledged == received[: len(acknowledged)]
        for name, start, end in acknowledged:
            holding = range(max(0, (start - GRID.length_ms) // GRID.hop_ms + 1), GRID.last_containing(end) + 1)
            assert {k for k in holding if GRID.window(k).end_ms > start} <= stored[name]
    for entry in itertools.chain.from_iterable(state.close() for state in states.values()):
        acknowledged += ledger.done(entry)
    assert acknowledged == received
