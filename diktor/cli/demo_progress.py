"""Waiting for verdicts with something to look at."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from diktor.errors import UnavailableError
from diktor.rows import CallRow
from diktor.store.client import Store

EVERY_S = 10.0
"""Between two lines where there is no terminal."""

STUCK_S = 120.0
"""Without a new window or verdict for so long, something is wrong."""


async def scored(store: Store, call_ids: Sequence[str], windows: int, console: Console) -> dict[str, CallRow]:
    """The rows of these calls, once every one has its verdict.

    Raises:
        UnavailableError: nothing goes on any more.
    """
    last, moved = (-1, -1), time.monotonic()
    with _shown(console, windows, len(call_ids)) as show:
        while True:
            rows = {call_id: row for call_id, row in (await store.calls(call_ids)).items() if row.status != "open"}
            now = ((await store.counts(call_ids)).visible, len(rows))
            show(*now)
            if len(rows) == len(set(call_ids)):
                return rows
            if now != last:
                last, moved = now, time.monotonic()
            if time.monotonic() - moved > STUCK_S:
                missing = sorted(set(call_ids) - set(rows))
                raise UnavailableError(
                    f"nothing was stored for {STUCK_S:g} s, and {len(missing)} calls have no verdict, {missing[0]} "
                    "among them",
                    "Look at the logs in the stack's folder",
                )
            await asyncio.sleep(0.5)


@contextmanager
def _shown(console: Console, windows: int, calls: int) -> Iterator[Callable[[int, int], None]]:
    if not console.is_terminal:
        yield _lines(console, windows, calls)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bars:
        stored = bars.add_task("windows stored", total=windows)
        done = bars.add_task("calls scored", total=calls)

        def show(stored_now: int, done_now: int) -> None:
            bars.update(stored, completed=stored_now)
            bars.update(done, completed=done_now)

        yield show


def _lines(console: Console, windows: int, calls: int) -> Callable[[int, int], None]:
    last = time.monotonic()

    def show(stored: int, done: int) -> None:
        nonlocal last
        if time.monotonic() - last > EVERY_S:
            last = time.monotonic()
            console.print(f"  {stored}/{windows} windows stored, {done}/{calls} calls scored", highlight=False)

    return show
