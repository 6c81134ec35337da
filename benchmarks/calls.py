"""The sample calls: cut into windows as a bare loop and BentoML take them, or sent through the stack."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np
from numpy.typing import NDArray

from benchmarks.processor import Spent, spent
from benchmarks.report import ROOT
from deploy.embedded.stack import Stack
from diktor.audio.decode import blocks
from diktor.audio.grid import Grid
from diktor.cli.submit import verdicts
from diktor.releases import RATE
from diktor.settings import Settings
from diktor.store.client import Store

CALLS = tuple(sorted((ROOT / "assets" / "calls").glob("call-*")))
GRID = Grid()


class Passage(NamedTuple):
    """Windows of some calls, with and without speech, and what scoring them took."""

    windows: int
    spent: Spent

    @property
    def window_s_per_cpu_s(self) -> float:
        """Seconds of windows per CPU second."""
        return self.windows * GRID.length_ms / 1000 / self.spent.cpu_s

    @property
    def window_s_per_s(self) -> float:
        """Seconds of windows per second of the clock."""
        return self.windows * GRID.length_ms / 1000 / self.spent.wall_s


def windows_of(path: Path) -> Iterator[NDArray[np.int16]]:
    """The recording's windows channel by channel, (40000,) int16 each, the last of a channel padded."""
    per_ms = RATE // 1000
    for row in np.concatenate(list(blocks(path)), axis=1):
        for window in GRID.windows(-(-len(row) // per_ms)):
            pcm = np.zeros(GRID.length_ms * per_ms, np.int16)
            part = row[window.start_ms * per_ms : window.end_ms * per_ms]
            pcm[: len(part)] = part
            yield pcm


def through_stack(stack: Stack, paths: Sequence[Path]) -> Passage:
    """Recordings that the stack has not seen yet, from the first upload to the last verdict.

    Every process of the stack is counted, and the uploads.
    """
    with spent(stack.supervisor.processes) as result:
        started = time.process_time()
        call_ids = _upload(stack.settings, paths)
        uploads = time.process_time() - started
        asyncio.run(verdicts(stack.settings, call_ids))
    result.cpu_s += uploads
    return Passage(asyncio.run(_stored(stack.settings, call_ids)), result)


def _upload(settings: Settings, paths: Sequence[Path]) -> list[str]:
    headers = {"Authorization": f"Bearer {settings.ingest_token.get_secret_value()}"}
    call_ids = []
    with httpx.Client(base_url=settings.ingest, headers=headers, timeout=600) as client:
        for path in paths:
            with path.open("rb") as file:
                answer = client.post("/calls", data={"operator_id": "1"}, files={"file": (path.name, file)})
            answer.raise_for_status()
            call_ids.append(str(answer.json()["call_id"]))
    return call_ids


async def _stored(settings: Settings, call_ids: Sequence[str]) -> int:
    store = await Store.open(settings)
    try:
        return (await store.counts(call_ids)).visible
    finally:
        await store.close()
