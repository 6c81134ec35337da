"""Load on a tritonserver: a client that scores call after call while releases come and go."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from diktor.errors import DiktorError
from diktor.releases.store import Releases
from diktor.rows import CallRow
from diktor.scoring.triton import Triton
from diktor.settings import Settings
from diktor.store.client import Store

WINDOWS = 4
"""Of each of the client's calls."""


@dataclass
class Client:
    """Scores call after call as a scorer does: the active release, pinned from a call's first window to its last."""

    settings: Settings
    calls: Store
    by: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    async def run(self) -> None:
        rng, store = np.random.default_rng(1), Releases.of(self.settings)
        async with Triton(self.settings.triton, 20.0) as triton:
            for number in itertools.count():
                release = store.get(store.pointer().active)
                await self.calls.insert_calls([row(f"load-{number}", release.number, "open")])
                for _ in range(WINDOWS):
                    pcm = rng.normal(0, 2000, release.samples).astype(np.int16)
                    try:
                        scores = await triton.score(release, pcm)
                        assert scores.frames.shape == (release.frames, 3)
                        self.by.append(release.number)
                    except (DiktorError, AssertionError) as error:
                        self.failures.append(f"release {release.number}: {error}")
                    await asyncio.sleep(0.01)
                await self.calls.insert_calls([row(f"load-{number}", release.number, "scored")])


def row(call_id: str, release: int, status: str) -> CallRow:
    now = datetime.now(UTC)
    return CallRow(call_id, "o", "t", "inbound", "test", now, ("mixed",), release, 0, status, "", (), now)  # type: ignore[arg-type]


@asynccontextmanager
async def under_load(settings: Settings) -> AsyncIterator[Client]:
    calls = await Store.open(settings)
    client = Client(settings, calls)
    task = asyncio.create_task(client.run())
    try:
        yield client
        await asyncio.sleep(0.3)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await calls.insert_calls([row(f"load-{n}", 1, "scored") for n in range(len(client.by))])
        await calls.close()
