"""Progress bars of the learning commands: live on a terminal, a line now and then without one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Advance = Callable[[str, int, int, str], None]
"""(name of the work, done, of, remark)."""

LINES = 20
"""Lines per piece of work where there is no terminal."""


@contextmanager
def progress(console: Console) -> Iterator[Advance]:
    """A function that shows how far each named piece of work is."""
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[remark]}"),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def advance(name: str, done: int, total: int, remark: str = "") -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total, remark=remark)
            bars.update(tasks[name], completed=done, total=total, remark=remark)

        yield advance


def _lines(console: Console) -> Advance:
    shown: dict[str, int] = {}

    def advance(name: str, done: int, total: int, remark: str = "") -> None:
        part = LINES * done // max(1, total)
        if shown.get(name) != part:
            shown[name] = part
            console.print(f"{name}: {done}/{total} {remark}", highlight=False)

    return advance
