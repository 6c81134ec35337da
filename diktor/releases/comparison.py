"""Two releases held against each other: on the windows that both scored, by their own figures, by the clock."""

import asyncio
import time

import msgspec
import numpy as np
from numpy.typing import NDArray

from diktor.errors import DiktorError
from diktor.releases.compare import Drift, drifts
from diktor.releases.control import Control
from diktor.releases.document import Release
from diktor.releases.golden import golden_of
from diktor.releases.repository import models_of
from diktor.releases.state import macro_f1
from diktor.releases.store import Releases
from diktor.scoring.triton import Triton
from diktor.settings import Settings
from diktor.store.trials import Paired, paired

ASKED = 20
"""Golden windows whose time is taken."""


class Latency(msgspec.Struct, frozen=True):
    """One window alone through Triton, client included, in milliseconds."""

    release: int
    p50_ms: float
    p95_ms: float


class Comparison(msgspec.Struct, frozen=True):
    """`macro_f1` as each release says of itself; `latency` of those that are loaded now."""

    releases: tuple[int, int]
    windows: int
    calls: int
    macro_f1: tuple[float | None, float | None]
    drifts: tuple[Drift, ...]
    latency: tuple[Latency, ...]


async def compared(settings: Settings, first: int, second: int, limit: int) -> Comparison:
    """Of the newest `limit` windows that both scored; without latency where Triton does not answer.

    Raises:
        ReleaseError: there is no such release.
        UnavailableError: the release store or ClickHouse is away.
    """
    store = Releases.of(settings)
    releases = await asyncio.to_thread(store.get, first), await asyncio.to_thread(store.get, second)
    both: Paired = await paired(settings, first, second, limit)
    return Comparison(
        (first, second),
        len(both.first),
        both.calls,
        (macro_f1(releases[0]), macro_f1(releases[1])),
        await asyncio.to_thread(drifts, releases, both.first, both.second) if len(both.first) else (),
        await _latency(settings, store, releases),
    )


async def _latency(settings: Settings, store: Releases, releases: tuple[Release, ...]) -> tuple[Latency, ...]:
    """Taken in turns, so that whatever else the machine does strikes both."""
    try:
        async with Control(settings.triton) as control:
            loaded = [release for release in releases if await control.serves(models_of(release))]
        taken: dict[int, list[float]] = {release.number: [] for release in loaded}
        windows = {release.number: await asyncio.to_thread(_golden, store, release) for release in loaded}
        async with Triton(settings.triton, settings.triton_timeout_s) as triton:
            for turn in range(ASKED):
                for release in loaded:
                    pcm = windows[release.number]
                    started = time.perf_counter()
                    await triton.score(release, pcm[turn % len(pcm)])
                    taken[release.number].append(1000 * (time.perf_counter() - started))
    except DiktorError:
        return ()
    return tuple(
        Latency(number, *(round(float(np.quantile(found, q)), 1) for q in (0.5, 0.95)))
        for number, found in taken.items()
    )


def _golden(store: Releases, release: Release) -> NDArray[np.int16]:
    """Windows (K, samples) that the release brings along."""
    return golden_of(store.folder(release.number), release).pcm
