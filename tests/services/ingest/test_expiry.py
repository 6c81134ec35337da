"""Recordings are deleted by a clock that can be trusted: one that was set a moment ago cannot."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from diktor.recordings import Recording, Recordings
from services.ingest.watch import _expire

A_YEAR_S = 366 * 86400.0


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    found = Recordings(f"file://{tmp_path / 'recordings'}")
    (tmp_path / "audio").write_bytes(b"audio")
    now = datetime.now(UTC)
    recording = Recording("call-1", "1", "a.wav", 5, "op", "t", "inbound", now, ("mixed",), 1000, None, now)
    found.put(recording, tmp_path / "audio")
    return found


async def test_a_clock_that_jumps_a_year_ahead_deletes_nothing_before_it_has_gone_on_by_itself(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, ahead = time.time, 0.0
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    kept = timedelta(days=365) - timedelta(seconds=A_YEAR_S)  # what is kept a year, seen from a year ahead
    task = asyncio.create_task(_expire(recordings, kept, every_s=0.2))
    await asyncio.sleep(0)
    ahead = A_YEAR_S
    await asyncio.sleep(0.3)
    assert recordings.get("call-1"), "the step was noticed"
    await asyncio.sleep(0.3)
    assert recordings.get("call-1") is None, "a clock that goes on is believed"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
