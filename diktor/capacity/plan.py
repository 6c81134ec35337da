"""Arithmetic of capacity: windows per second, and the processors, memory, disk and network that they need."""

from math import ceil

import msgspec

from diktor.audio.grid import Grid
from diktor.capacity.measured import BYTES_PER_S, EVENT_BYTES, Measured

BUSY = 0.7
"""Share of a processor that is planned for; queues grow long beyond it."""


class Load(msgspec.Struct, frozen=True):
    """What comes in: calls at once, minutes each, channels of a call, share of windows with speech, ms per event."""

    calls: int
    minutes: float
    channels: int = 2
    speech: float = 0.6
    event_ms: int = 1000
    days: int = 365
    hours_a_day: float = 10.0

    @property
    def lanes(self) -> int:
        """Channels under way at once."""
        return self.calls * self.channels


class Plan(msgspec.Struct, frozen=True):
    """What the load needs; cores are of the measuring machine's kind. `share` is each part's part of all cores.

    `triton_instances` are of each member, a core each.
    """

    calls_per_hour: float
    windows_per_s: float
    scored_per_s: float
    partitions: int
    scorers: int
    scorer_mib: float
    triton_instances: int
    triton_gpus: int | None
    ingest_workers: int
    broker_cores: float
    kafka_mb_per_s: float
    clickhouse_shards: int
    clickhouse_gb: float
    recordings_gb: float
    share: dict[str, float]
    bottleneck: str


def plan(load: Load, grid: Grid, measured: Measured, gpu_windows_per_s: float | None = None) -> Plan:
    """What `load` needs for windows of `grid`.

    Args:
        load: what comes in.
        grid: the release's windows.
        measured: costs per window and second.
        gpu_windows_per_s: what a GPU scores, measured by whoever has one; None plans processors only.
    """
    windows = load.lanes * 1000 / grid.hop_ms
    scored = windows * load.speech
    cores = {
        "scorer": windows * measured.scorer_s,
        "triton": scored * sum(measured.members_s),
        "clickhouse": windows * measured.store_s,
        "ingest": load.lanes * measured.ingest_s,
        "broker": load.lanes * measured.broker_s,
    }
    scorers = _whole(cores["scorer"])
    bytes_per_s = load.lanes * (BYTES_PER_S + EVENT_BYTES * 1000 / load.event_ms)
    spoken_s = load.days * load.hours_a_day * 3600
    total = sum(cores.values())
    return Plan(
        calls_per_hour=round(load.calls * 60 / load.minutes, 1),
        windows_per_s=round(windows, 1),
        scored_per_s=round(scored, 1),
        partitions=max(8, 2 * scorers),
        scorers=scorers,
        scorer_mib=round(measured.scorer_mib + measured.call_mib * load.calls / scorers, 1),
        triton_instances=_whole(scored * max(measured.members_s)),
        triton_gpus=None if gpu_windows_per_s is None else _whole(scored / gpu_windows_per_s),
        ingest_workers=_whole(cores["ingest"]),
        broker_cores=round(cores["broker"] / BUSY, 2),
        kafka_mb_per_s=round(bytes_per_s / 1e6, 2),
        clickhouse_shards=_whole(windows / measured.rows_per_s),
        clickhouse_gb=round(windows * spoken_s * measured.row_bytes / 1e9, 1),
        recordings_gb=round(load.lanes * BYTES_PER_S * spoken_s / 1e9, 1),
        share={part: round(value / total, 3) for part, value in cores.items()},
        bottleneck=max(cores, key=lambda part: cores[part]),
    )


def _whole(cores: float) -> int:
    """So many whole ones that none is busier than planned."""
    return max(1, ceil(round(cores / BUSY, 6)))
