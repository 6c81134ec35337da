"""Which of the stored recordings there are to learn from, and what people said of their windows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from diktor.recordings import Recording, Recordings
from diktor.rows import LabelRow
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.store.labels import IDS, Labels


class OwnCall(NamedTuple):
    """A recording whose call is scored: by which release, its labels, its windows (by channel, start → end in ms)."""

    recording: Recording
    release: int
    labels: tuple[LabelRow, ...]
    windows: Mapping[str, Mapping[int, int]]


async def gather(settings: Settings, store: Recordings, since: datetime) -> list[OwnCall]:
    """The scored calls whose recordings came since then, by id.

    Raises:
        UnavailableError: ClickHouse is away.
        StoreError: it refuses.
    """
    there = {recording.call_id: recording for recording in store if recording.taken_at >= since}
    releases = await _scored(settings, sorted(there))
    connection = await Labels.open(settings)
    try:
        labels: dict[str, list[LabelRow]] = {}
        for row in await connection.of(releases):
            labels.setdefault(row.call_id, []).append(row)
        windows = await connection.windows(labels)
    finally:
        await connection.close()
    return [
        OwnCall(there[call_id], release, tuple(labels.get(call_id, ())), windows.get(call_id, {}))
        for call_id, release in releases.items()
    ]


async def _scored(settings: Settings, ids: Sequence[str]) -> dict[str, int]:
    """Those of the calls that are scored, by which release."""
    connection = await Store.open(settings)
    try:
        found: dict[str, int] = {}
        for first in range(0, len(ids), IDS):
            rows = await connection.calls(ids[first : first + IDS])
            found |= {row.call_id: row.release for row in rows.values() if row.status == "scored"}
        return dict(sorted(found.items()))
    finally:
        await connection.close()
