"""What was measured (`docs/performance.md`): the constants that plans and simulations start from."""

from typing import Final

import msgspec


class Measured(msgspec.Struct, frozen=True):
    """Costs on one core of the measuring machine; seconds are of processor time unless they say otherwise.

    `vad_s`: voice activity of a window. `lane_s`: everything else a scorer does for a window. `scorer_s`: both, when
    it is busy and hears windows in batches. `members_s`: a scored window in each member of the release, with its
    share of what Triton does around them; they run side by side. `store_s`: a window's row in the engine, one of some
    in an insert. `insert_s`: an insert, at the scorer and in the engine, however many rows it has. `event_s`: an
    audio event at the scorer. `idle_cores`: what a stack takes that has nothing to do. `ingest_s`: a second of a
    channel decoded and published. `broker_s`: a second of a channel through the broker. `batch_wait_s`: a row waits
    so long for its insert at most. `scorer_mib` and `call_mib`: a worker, and each of its open calls. `row_bytes`: a
    window's row on disk, compressed. `rows_per_s`: rows a ClickHouse shard takes in batches of a thousand.
    """

    vad_s: float
    lane_s: float
    scorer_s: float
    members_s: tuple[float, ...]
    store_s: float
    insert_s: float
    event_s: float
    idle_cores: float
    ingest_s: float
    broker_s: float
    batch_wait_s: float
    scorer_mib: float
    call_mib: float
    row_bytes: float
    rows_per_s: float


BYTES_PER_S: Final = 16_000
"""A channel at 8 kHz as 16-bit samples; A-law halves it."""

EVENT_BYTES: Final = 300
"""Headers, key and framing of an audio event."""

MEASURED: Final = Measured(
    vad_s=0.0215,
    lane_s=0.0053,
    scorer_s=0.0128,
    members_s=(0.0816, 0.0808),
    store_s=0.0054,
    insert_s=0.015,
    event_s=0.0005,
    idle_cores=0.083,
    ingest_s=0.00205,
    broker_s=0.00098,
    batch_wait_s=0.2,
    scorer_mib=205.0,
    call_mib=0.22,
    row_bytes=47.0,
    rows_per_s=21_000.0,
)
"""On one core of an AMD EPYC (Zen 4, AVX2, no VNNI), 2026-11-26, release 1: parts' CPU of one run of `make bench`.

Measured apart: voice activity of a window alone, the members' shares of Triton's CPU, a row's size in the demo's tables
(660 rows). The broker is the embedded one; `rows_per_s` is the lower figure of the engine in batches of a thousand.
"""
