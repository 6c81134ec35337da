"""Two releases held against each other: on the windows that both scored, by their own figures, by the clock."""

import asyncio
import time

import numpy as np
from numpy.typing import NDArray

from diktor.errors import DiktorError
from diktor.releases.compare import drifts
from diktor.releases.control import Control
from diktor.releases.document import Release
from diktor.releases.golden import golden_of
from diktor.releases.repository import models_of
from diktor.releases.state import macro_f1
from diktor.releases.store import Releases
from diktor.scoring.triton import Triton
from diktor.settings import Settings
from diktor.store.trials import Paired, paired
from diktor.wire.models import Comparison, Latency

ASKED = 20
"""Golden windows whose time is taken."""


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
        releases=(first, second),
        windows=len(both.first),
        calls=both.calls,
        macro_f1=(macro_f1(releases[0]), macro_f1(releases[1])),
        drifts=await asyncio.to_thread(drifts, releases, both.first, both.second) if len(both.first) else [],
        latency=await _latency(settings, store, releases),
    )


async def _latency(settings: Settings, store: Releases, releases: tuple[Release, ...]) -> list[Latency]:
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
        return []
    return [
        Latency(
            release=number,
            p50_ms=round(float(np.quantile(found, 0.5)), 1),
            p95_ms=round(float(np.quantile(found, 0.95)), 1),
        )
        for number, found in taken.items()
    ]


def _golden(store: Releases, release: Release) -> NDArray[np.int16]:
    """Windows (K, samples) that the release brings along."""
    return golden_of(store.folder(release.number), release).pcm
