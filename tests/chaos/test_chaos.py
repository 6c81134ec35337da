"""Parts struck, away, on full disks, with wrong clocks, under a steady stream: nothing lost or twice, same verdicts.

`make chaos` strikes each part 20 times (`DIKTOR_CHAOS_STRIKES`) in streams of 40 calls (`DIKTOR_CHAOS_CALLS`), keeps
ClickHouse away for a minute (`DIKTOR_CHAOS_AWAY_S`), and leaves the figures of docs/reliability.md in
`DIKTOR_CHAOS_TABLE`; `make test` does everything once and in short. Parts that are outside (tests/support/outside.py)
are used and not struck.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

import pytest

from deploy.embedded.parts import STUB
from deploy.embedded.stack import Stack
from tests.chaos.faults import PARTS, away, clock_set, full, strike, unusable
from tests.chaos.rig import DISKS, Rig, rigged
from tests.chaos.stream import Memory, Outcome, Stream, recordings, sending, wait_until_healthy
from tests.chaos.tally import Tally
from tests.support import clock, disks, outside
from tests.support.clock import HOUR_S
from tests.support.faulty_triton import FAULTS
from tests.support.processes import ROOT, python, wait_until

STRIKES = int(os.environ.get("DIKTOR_CHAOS_STRIKES", "20"))
AWAY_S = float(os.environ.get("DIKTOR_CHAOS_AWAY_S", "60"))
TABLE = os.environ.get("DIKTOR_CHAOS_TABLE", "")
CALLS, EVERY_S = int(os.environ.get("DIKTOR_CHAOS_CALLS", "40")), 1.6
PER_STREAM = 7
"""Strikes during one stream."""

FULL_S, UNUSABLE_S, SET_S = 10.0, 8.0, 12.0
"""How long a disk is full, answers are unusable, the clock stays where it was set."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return recordings(tmp_path_factory.mktemp("recordings"), CALLS)


@pytest.fixture(scope="module")
def calm(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The stream that nothing happens to."""
    with rigged(tmp_path_factory.mktemp("calm")) as rig:
        stream = Stream(rig.stack.settings, files, EVERY_S)
        stream.send()
        return stream.outcome()


@pytest.fixture(scope="module")
def table() -> Iterator[list[dict[str, object]]]:
    rows: list[dict[str, object]] = []
    yield rows
    if TABLE:
        Path(TABLE).write_text(json.dumps(rows, indent=1) + "\n")


def own(part: str) -> None:
    """Skip what would be done to a part that is outside."""
    if reason := outside.why_not(part):
        pytest.skip(reason)


def disturbed(
    stack: Stack, files: list[Path], faults: list[Callable[[], str]], rng: Random
) -> tuple[Stream, list[str]]:
    """A stream in which the faults come one after another at moments of their own; what they were."""
    stream, done = Stream(stack.settings, files, EVERY_S), []
    with sending(stream) as thread:
        for fault in faults:
            time.sleep(rng.uniform(2, max(2.5, len(files) * EVERY_S / (len(faults) + 1))))
            if thread.is_alive():
                done.append(fault())
    return stream, done


def replayed(stack: Stack, stream: Stream) -> Outcome:
    """What is stored once the dead letters were put back, as an operator does it."""
    command = [python(), "-m", "diktor", "dead-letters", "replay", "--all"]
    env = {**os.environ, "DIKTOR_HOME": str(stack.home.path)}
    subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, timeout=120)
    return stream.outcome(of_every_window=True)


def stubs_of(stack: Stack) -> int:
    """How many of Triton's python processes this stack has."""
    return sum(STUB in " ".join(process.cmdline()) for process in stack.supervisor.processes())


def counted(
    name: str, rig: Rig, stream: Stream, done: list[str], calm: Outcome, memory: Memory, table: list[dict[str, object]]
) -> Outcome:
    """A fault of one stream: its row in the table, and that it cost nothing; what came of it."""
    tally = Tally(name, calm)
    outcome = stream.outcome()
    if outcome.dead:
        outcome = replayed(rig.stack, stream)
    tally.add(outcome, done, wait_until_healthy(rig.stack), memory.largest)
    table.append(tally.row())
    print(f"\n{table[-1]}")
    tally.check()
    assert outcome.dead == 0
    return outcome


@pytest.mark.accept
@pytest.mark.chaos
@pytest.mark.parametrize("part", PARTS)
def test_a_part_struck_again_and_again_costs_nothing(
    part: str, files: list[Path], calm: Outcome, table: list[dict[str, object]], tmp_path: Path
) -> None:
    own(part)
    rng, tally = Random(f"chaos/{part}"), Tally(part, calm)
    for number in range(-(-STRIKES // PER_STREAM)):
        with rigged(tmp_path / str(number)) as rig, Memory(rig.stack) as memory:
            strikes = [partial(strike, rig.stack, part, rng, number % 2 == 0) for number in range(PER_STREAM)]
            stream, done = disturbed(rig.stack, files, strikes, rng)
            outcome, healed = stream.outcome(), wait_until_healthy(rig.stack)
            if not outside.why_not("stub"):
                wait_until("a dead tritonserver leaves no stubs behind", lambda: stubs_of(rig.stack) == 4, 30)
        tally.add(outcome, done, healed, memory.largest)
    table.append(tally.row())
    print(f"\n{table[-1]}")
    tally.check()


@pytest.mark.accept
@pytest.mark.chaos
def test_clickhouse_that_is_away_for_a_minute_costs_nothing(
    files: list[Path], calm: Outcome, table: list[dict[str, object]], tmp_path: Path
) -> None:
    own("clickhouse")
    with rigged(tmp_path) as rig, Memory(rig.stack) as memory:
        gone = [partial(away, rig.stack, "clickhouse", AWAY_S)]
        stream, done = disturbed(rig.stack, files, gone, Random("away"))
        counted("clickhouse away", rig, stream, done, calm, memory, table)


@pytest.mark.accept
@pytest.mark.chaos
def test_unusable_answers_of_triton_are_dead_letters_that_can_be_put_back(
    files: list[Path], calm: Outcome, table: list[dict[str, object]], tmp_path: Path
) -> None:
    with rigged(tmp_path, door=True) as rig, Memory(rig.stack) as memory:
        spells = [partial(unusable, rig, faults, UNUSABLE_S) for faults in (("no numbers",), FAULTS)]
        stream, done = disturbed(rig.stack, files, spells, Random("answers"))
        assert stream.outcome().whole, "before anybody does anything"
        counted("triton's answers", rig, stream, done, calm, memory, table)


@pytest.mark.accept
@pytest.mark.chaos
@pytest.mark.parametrize("disk", DISKS)
def test_a_full_disk_costs_nothing(
    disk: str, files: list[Path], calm: Outcome, table: list[dict[str, object]], tmp_path: Path
) -> None:
    own(disk)
    with rigged(tmp_path, disks=(disk,)) as rig, Memory(rig.stack) as memory:
        twice = [partial(full, rig, disk, FULL_S)] * 2
        stream, done = disturbed(rig.stack, files, twice, Random(f"disk/{disk}"))
        counted(f"disk of {disk}", rig, stream, done, calm, memory, table)


@pytest.mark.accept
@pytest.mark.chaos
def test_a_clock_that_steps_costs_nothing(
    files: list[Path], calm: Outcome, table: list[dict[str, object]], tmp_path: Path
) -> None:
    with rigged(tmp_path, clock=True) as rig, Memory(rig.stack) as memory:
        stream, done = disturbed(rig.stack, files, [partial(clock_set, rig, SET_S)], Random("clock"))
        outcome = counted("clock", rig, stream, done, calm, memory, table)
    hours = {round((stamp - datetime.now(UTC)).total_seconds() / HOUR_S) for stamp in outcome.stamps.values()}
    assert len(hours) > 1, "some of it was judged under a clock that was wrong"


@pytest.mark.timeout(600)
def test_every_fault_once_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()
    few, rng = recordings(tmp_path / "recordings", 12), Random(7)
    with rigged(tmp_path / "calm") as rig:
        stream = Stream(rig.stack.settings, few, 0.5)
        stream.send()
        undisturbed = stream.outcome()
    assert undisturbed.whole
    small = [] if disks.why_not() else [name for name in DISKS if name != "home" and not outside.why_not(name)]
    with rigged(tmp_path / "struck", small, door=True, clock=not clock.why_not()) as rig:
        stack, stream = rig.stack, Stream(rig.stack.settings, few, 2.0)
        struck = [part for part in ("scorer", "clickhouse", "ingest", "stub") if not outside.why_not(part)]
        faults = [*(partial(full, rig, name, 1.5) for name in small), partial(unusable, rig, FAULTS, 3.0)]
        faults += [partial(clock_set, rig, 2.5)] if rig.clock else []
        faults += [partial(strike, stack, part, rng, True) for part in struck]
        with sending(stream):
            for fault in faults:
                time.sleep(rng.uniform(0.5, 1.5))
                print(fault())
        outcome = stream.outcome()
        assert outcome.whole
        if outcome.dead:
            outcome = replayed(stack, stream)
        wait_until_healthy(stack)
    assert outcome.whole
    assert outcome.dead == 0
    assert outcome.verdicts == undisturbed.verdicts
