"""A discrete-event simulation of the stream: how long windows wait, for queues that arithmetic does not see.

Calls begin at random moments of a hop and each of their channels completes a window every hop. A window passes its
worker's voice activity (one thread), then, if it holds speech, every member of the release side by side, then waits for
the next insert of its worker, which costs the same for one row and for many. Beside it every event costs something, and
an idle stack. Service times are the measured ones. Workers share nothing but the members' instances, so that a large
system is told by one cell of it: `cells` times the same.
"""

from collections.abc import Generator
from random import Random
from typing import Any

import msgspec
import numpy as np
import simpy

from diktor.audio.grid import Grid
from diktor.capacity.measured import Measured
from diktor.capacity.plan import Load

CELL = 400
"""Calls simulated at most; what is larger is so many cells beside each other."""

WARM_UP_S = 10.0
SLICE_S = 0.004
"""A scheduler's: processors that are shared are shared in turns."""

Steps = Generator[simpy.Event, Any, None]


class Waits(msgspec.Struct, frozen=True):
    """Seconds from a window's last frame to its row; how busy the busiest kind of part was; windows that were seen."""

    p50_s: float
    p95_s: float
    p99_s: float
    triton_busy: float
    scorer_busy: float
    windows: int
    cells: int


def simulate(
    load: Load,
    grid: Grid,
    measured: Measured,
    scorers: int,
    instances: int,
    cores: float | None = None,
    seconds: float = 60.0,
    seed: int = 1,
    background: float = 0.0,
) -> Waits:
    """Run `load` through `scorers` workers and `instances` of Triton for so many simulated seconds.

    `cores`: all parts share so many processors (one machine), of which others use `background`; None: each worker and
    instance has its own.
    """
    cells = max(1, -(-load.calls // CELL))
    cell = msgspec.structs.replace(load, calls=-(-load.calls // cells))
    workers, servers = max(1, round(scorers / cells)), max(1, round(instances / cells))
    return _Cell(cell, grid, measured, workers, servers, cores, seed).run(seconds, cells, background)


class _Cell:
    def __init__(
        self, load: Load, grid: Grid, measured: Measured, workers: int, servers: int, cores: float | None, seed: int
    ) -> None:
        self.env = simpy.Environment()
        self.load, self.grid, self.measured = load, grid, measured
        self.rng = Random(seed)
        self.threads = [simpy.Resource(self.env) for _ in range(workers)]
        self.members = [simpy.Resource(self.env, servers) for _ in measured.members_s]
        self.cores = None if cores is None else simpy.Resource(self.env, max(1, int(cores)))
        self.waits: list[float] = []
        self.busy = {"scorer": 0.0, "triton": 0.0}
        self.rows = [simpy.Store(self.env) for _ in range(workers)]

    def run(self, seconds: float, cells: int, background: float) -> Waits:
        for lane in range(self.load.lanes):
            self.env.process(self._lane(lane))
            self.env.process(self._events())
        for rows in self.rows:
            self.env.process(self._inserts(rows))
        if self.cores is not None:
            self.env.process(self._background(self.measured.idle_cores + background))
        self.env.run(WARM_UP_S + seconds)
        waits = self.waits or [0.0]
        p50, p95, p99 = (round(float(np.quantile(waits, share)), 3) for share in (0.5, 0.95, 0.99))
        whole = WARM_UP_S + seconds
        return Waits(
            p50, p95, p99,
            triton_busy=round(self.busy["triton"] / sum(m.capacity for m in self.members) / whole, 3),
            scorer_busy=round(self.busy["scorer"] / len(self.threads) / whole, 3),
            windows=len(self.waits),
            cells=cells,
        )  # fmt: skip

    def _lane(self, lane: int) -> Steps:
        hop = self.grid.hop_ms / 1000
        yield self.env.timeout(self.rng.uniform(0, hop))
        worker = lane % len(self.threads)
        while True:
            self.env.process(self._window(self.threads[worker], self.rows[worker]))
            yield self.env.timeout(hop)

    def _events(self) -> Steps:
        """A channel's audio as it comes in, window or not."""
        seconds = self.load.event_ms / 1000
        yield self.env.timeout(self.rng.uniform(0, seconds))
        while True:
            self.env.process(self._worked(self.measured.event_s + self.measured.broker_s * seconds))
            yield self.env.timeout(seconds)

    def _background(self, cores: float) -> Steps:
        while cores:
            yield self.env.timeout(SLICE_S / cores)
            self.env.process(self._worked(SLICE_S))

    def _window(self, thread: simpy.Resource, rows: simpy.Store) -> Steps:
        started, measured = self.env.now, self.measured
        alone = not thread.users  # else it goes into the next batch
        yield from self._served(thread, "scorer", measured.vad_s + measured.lane_s if alone else measured.scorer_s)
        if self.rng.random() < self.load.speech:
            pairs = zip(self.members, measured.members_s, strict=True)
            yield self.env.all_of([self.env.process(self._served(m, "triton", seconds)) for m, seconds in pairs])
        stored = self.env.event()
        yield rows.put(stored)
        yield stored
        if started > WARM_UP_S:
            self.waits.append(self.env.now - started)

    def _inserts(self, rows: simpy.Store) -> Steps:
        """A worker's: the first row waits for others, then all of them go in at once."""
        while True:
            first = yield rows.get()
            yield self.env.timeout(self.measured.batch_wait_s)
            batch, rows.items = [first, *rows.items], []
            yield from self._worked(self.measured.insert_s)
            for stored in batch:
                stored.succeed()

    def _served(self, resource: simpy.Resource, part: str, seconds: float) -> Steps:
        with resource.request() as turn:
            yield turn
            yield from self._worked(seconds)
        self.busy[part] += seconds

    def _worked(self, seconds: float) -> Steps:
        """On a processor of its own, or on whichever of the machine's is free, a slice at a time."""
        while self.cores is not None and seconds > SLICE_S:
            with self.cores.request() as core:
                yield core
                yield self.env.timeout(SLICE_S)
            seconds -= SLICE_S
        if self.cores is None:
            yield self.env.timeout(seconds)
            return
        with self.cores.request() as core:
            yield core
            yield self.env.timeout(seconds)
