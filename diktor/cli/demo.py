"""`diktor demo`: the sample calls through a stack of their own, and the line of truth at the end."""

import asyncio
import json
import shutil
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import click
import psutil
from rich.console import Console

from deploy.embedded import ROOT
from deploy.embedded.home import DOCUMENT
from deploy.embedded.stack import Stack
from diktor.cli.demo_progress import scored
from diktor.cli.submit import candidates, send
from diktor.cli.tables import calls_table, wide_console
from diktor.cli.up import as_interrupt, stay
from diktor.dead_letters import DeadLetter, read
from diktor.errors import StackError
from diktor.events import WINDOW_END
from diktor.rows import CallRow
from diktor.scoring.verdict import class_of
from diktor.settings import Settings
from diktor.store.client import Counts, Store
from diktor.wire.accounts import NewUser, Role
from services.api.accounts.first import make_user

CALLS = ROOT / "assets" / "calls"
ADMIN = "admin"
NAMES = ("healthy", "rhotacism", "fricative_g", "stuttering")
"""The four classes as the sample calls' list names them."""


@dataclass(frozen=True)
class Outcome:
    """What came of the calls; `rows` by file name."""

    rows: dict[str, CallRow]
    expected: int
    counts: Counts
    dead: int
    wall_s: float
    cpu_s: float
    died: list[str]
    refused: int

    @property
    def whole(self) -> bool:
        """Every window is accounted for, and nothing died."""
        return self.expected == self.counts.visible + self.dead and not self.died and not self.refused

    def line(self) -> str:
        """The line of truth."""
        audio_s = sum(item.duration_ms for row in self.rows.values() for item in row.verdicts) / 1000
        died = f"; died: {', '.join(self.died)}" if self.died else "; no part died"
        return (
            f"{audio_s:.0f} s of audio ({len(self.rows)} calls, every channel) scored in {self.wall_s:.0f} s wall, "
            f"{self.cpu_s:.0f} s CPU of all parts; windows: {self.expected} expected, {self.counts.visible} stored, "
            f"{self.dead} dead-lettered{died}"
        )


@click.command()
@click.option("--calls", type=click.Path(path_type=Path, exists=True, file_okay=False), default=CALLS)
@click.option("--scorers", type=click.IntRange(1, 8), default=1, show_default=True)
def demo(calls: Path, scorers: int) -> None:
    """Start a stack, score the sample calls, show the table. On a terminal it stays up until Ctrl-C."""
    console = wide_console()
    as_interrupt()
    stack = fresh(Settings.load().home / "demo", scorers)
    try:
        with console.status("starting the parts"):
            stack.up(lambda line: console.print(f"  {line}", highlight=False))
        password = asyncio.run(make_user(stack.settings, NewUser(login=ADMIN, role=Role.admin)))
        outcome = asyncio.run(_score(stack, calls, console))
        console.print(calls_table(outcome.rows.values()))
        console.print(compared(outcome.rows, _truth(calls)), highlight=False)
        console.print(
            f"open {stack.settings.api} in a browser (the API: {stack.settings.api}/api/docs): "
            f"log in as {ADMIN}, {password}",
            highlight=False,
        )
        console.print(outcome.line(), highlight=False, style="bold" if outcome.whole else "bold red")
        if sys.stdin.isatty() and sys.stdout.isatty():
            command = Path(sys.executable).with_name("diktor")
            console.print(f"the stack stays up, in another terminal: DIKTOR_HOME={stack.home.path}", highlight=False)
            console.print(f"  {command} results --last 20, {command} top", highlight=False)
            stay(stack, console)
    finally:
        stack.down()
    sys.exit(0 if outcome.whole else 1)


def fresh(home: Path, scorers: int) -> Stack:
    """A stack in an empty folder of the demo's own: calls scored before would be recognised and not scored again.

    Raises:
        StackError: a demo is running there.
    """
    if (home / DOCUMENT).exists():
        if Stack(home).supervisor.running():
            raise StackError(f"a demo is running in {home}", f"End it: DIKTOR_HOME={home} diktor down")
        shutil.rmtree(home)
    return Stack(home, scorers)


def compared(rows: dict[str, CallRow], truth: dict[str, str]) -> str:
    """How often the operator's class is the defect that was put into the recording."""
    hits, totals = Counter[str](), Counter[str]()
    for file, row in rows.items():
        channel = next((item for item in row.verdicts if item.channel == "operator"), None)
        if channel is not None and file in truth:
            totals[truth[file]] += 1
            hits[truth[file]] += NAMES[class_of(channel)] == truth[file]
    return "the operators' known defects, heard as such: " + ", ".join(
        f"{name} {hits[name]} of {totals[name]}" for name in NAMES if totals[name]
    )


async def _score(stack: Stack, calls: Path, console: Console) -> Outcome:
    before, cpu_before, started = _pids(stack), _cpu(stack), time.monotonic()
    with ExitStack() as opened:
        answers = await asyncio.to_thread(send, stack.settings, list(candidates((calls,), opened)), {}, console)
    taken = [answer for answer in answers if "call_id" in answer]
    ids = [answer["call_id"] for answer in taken]
    expected = sum(answer["windows"] for answer in taken)
    store = await Store.open(stack.settings)
    try:
        rows = await scored(store, ids, expected, console)
        wall_s, cpu_s = time.monotonic() - started, _cpu(stack) - cpu_before
        counts = await store.counts(ids)
    finally:
        await store.close()
    letters = await read(stack.settings)
    after = _pids(stack)
    return Outcome(
        rows={Path(answer["file"]).name: rows[answer["call_id"]] for answer in taken if answer["call_id"] in rows},
        expected=expected,
        counts=counts,
        dead=len({windows for letter, _ in letters if (windows := _window(letter))}),
        wall_s=wall_s,
        cpu_s=cpu_s,
        died=[name for name, pid in before.items() if after.get(name) != pid],
        refused=len(answers) - len(taken),
    )


def _pids(stack: Stack) -> dict[str, int]:
    """Another process id at the end means that a part died and was restarted."""
    return {state.name: state.pid for state in stack.supervisor.states()}


def _cpu(stack: Stack) -> float:
    """Seconds that all processes of the stack have used so far."""
    total = 0.0
    for process in stack.supervisor.processes():
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _window(letter: DeadLetter) -> tuple[str, str, str] | None:
    """Which window a dead letter is, if it is one."""
    if WINDOW_END not in letter.headers:
        return None
    return letter.call_id, letter.headers.get("channel", ""), letter.headers[WINDOW_END]


def _truth(calls: Path) -> dict[str, str]:
    """File name → the operator's defect."""
    document = calls / "calls.json"
    if not document.exists():
        return {}
    return {item["file"]: item["truth"]["operator"] for item in json.loads(document.read_text())["calls"]}
