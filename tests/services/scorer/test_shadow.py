"""A release on trial that fails, hangs behind or has another grid is no call's concern."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec
import numpy as np
import pytest

from diktor.audio.activity import Activity
from diktor.metrics import SHADOW_WINDOWS
from diktor.releases import Release, load_release
from diktor.rows import WindowRow
from diktor.scoring.triton import Triton
from services.scorer.shadow import HELD, ShadowCall, Trial
from tests.support.processes import ROOT, free_port

RELEASE = load_release(ROOT / "triton_models", 1)
SECOND = np.zeros(8000, np.int16)


class Kept:
    """Takes rows as the store does."""

    def __init__(self) -> None:
        self.rows: list[WindowRow] = []

    async def insert_shadow_windows(self, rows: Sequence[WindowRow]) -> None:
        self.rows += rows


@pytest.fixture
async def away() -> AsyncIterator[Triton]:
    async with Triton(f"127.0.0.1:{free_port()}", 1.0) as triton:
        yield triton


@pytest.fixture
def kept() -> Kept:
    return Kept()


def counted() -> dict[str, float]:
    return {name: SHADOW_WINDOWS.labels(name)._value.get() for name in ("scored", "failed", "dropped")}


def release(length_ms: int, hop_ms: int) -> Release:
    return msgspec.structs.replace(RELEASE, number=2, length_ms=length_ms, hop_ms=hop_ms)


async def test_silent_windows_are_stored_on_the_grid_of_the_release_on_trial(away: Triton, kept: Kept) -> None:
    trial = Trial(away, Activity(), kept, lambda: False)  # type: ignore[arg-type]
    trial.start()
    call = ShadowCall("call", release(3000, 2000), trial)
    for second in range(6):
        call.add("mixed", 1000 * second, SECOND, 8000)
    call.finish()
    async with asyncio.timeout(10):
        while len(kept.rows) < 3:
            await asyncio.sleep(0.01)
    await trial.stop()
    assert [(row.start_ms, row.end_ms, row.release) for row in kept.rows] == [
        (0, 3000, 2),
        (2000, 5000, 2),
        (4000, 6000, 2),
    ]


async def test_what_fails_is_counted_and_the_next_is_tried(away: Triton, kept: Kept) -> None:
    loud = (np.load(ROOT / "triton_models" / "speech_defects_1" / "golden.npz"))["pcm"][0]
    trial, before = Trial(away, Activity(), kept, lambda: False), counted()  # type: ignore[arg-type]
    trial.start()
    call = ShadowCall("call", RELEASE, trial)
    call.add("operator", 0, loud, 8000)
    call.add("customer", 0, np.zeros_like(loud), 8000)
    async with asyncio.timeout(20):
        while not kept.rows:
            await asyncio.sleep(0.01)
    await trial.stop()
    assert [row.channel for row in kept.rows] == ["customer"]
    assert counted()["failed"] == before["failed"] + 1


async def test_while_verdicts_have_windows_at_triton_a_trial_waits_and_what_does_not_fit_is_dropped(
    away: Triton, kept: Kept
) -> None:
    busy, before = True, counted()
    trial = Trial(away, Activity(), kept, lambda: busy)  # type: ignore[arg-type]
    trial.start()
    call = ShadowCall("call", release(1000, 1000), trial)
    call.add("mixed", 0, SECOND, 8000)
    await asyncio.sleep(0.1)
    for second in range(1, HELD + 10):
        call.add("mixed", 1000 * second, SECOND, 8000)
    assert kept.rows == []
    assert counted()["dropped"] == before["dropped"] + 9
    busy = False
    async with asyncio.timeout(20):
        while len(kept.rows) < HELD + 1:
            await asyncio.sleep(0.01)
    await trial.stop()
