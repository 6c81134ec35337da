"""Rows to ClickHouse in batches: `put` returns when the row is stored, never before.

A batch goes out when it is full or its oldest row has waited long enough: longer while the models are behind, when
no row is late by it and fewer inserts leave them more of the processor. When ClickHouse is away the batch is tried
again for ever; rows behind it wait, which makes their windows count as waiting and stops the reading (back pressure).
"""

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from services.scorer.retry import until_available

R = TypeVar("R")

WHEN_BEHIND = 5
"""Times as long a row may wait for its insert while there is a backlog."""


class Sink(Generic[R]):
    """One table's writer. `start` it on a running loop, `stop` it at the end."""

    def __init__(
        self,
        insert: Callable[[Sequence[R]], Awaitable[None]],
        batch_rows: int,
        batch_ms: int,
        behind: Callable[[], bool] = lambda: False,
    ) -> None:
        """`behind` says whether there is a backlog."""
        self._insert = insert
        self._batch_rows = batch_rows
        self._wait_s = batch_ms / 1000
        self._behind = behind
        self._queue: asyncio.Queue[tuple[R, asyncio.Future[None]]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write())

    async def stop(self) -> None:
        """Stop writing; rows not stored yet are left to the replay."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def put(self, row: R) -> None:
        """Store a row; returns when ClickHouse has it, however long that takes."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((row, stored))
        await stored

    async def _write(self) -> None:
        while True:
            batch = await self._batch()
            rows = [row for row, _ in batch]
            await until_available("storing rows", functools.partial(self._insert, rows))
            for _, stored in batch:
                if not stored.done():
                    stored.set_result(None)

    async def _batch(self) -> list[tuple[R, asyncio.Future[None]]]:
        batch = [await self._queue.get()]
        wait = self._wait_s * (WHEN_BEHIND if self._behind() else 1)
        deadline = asyncio.get_running_loop().time() + wait
        while len(batch) < self._batch_rows:
            try:
                async with asyncio.timeout_at(deadline):
                    batch.append(await self._queue.get())
            except TimeoutError:
                break
        return batch
