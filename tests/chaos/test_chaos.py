"""Every part killed and stopped at random moments under a steady stream: nothing lost, nothing twice, same verdicts.

`make chaos` strikes each part 20 times (`DIKTOR_CHAOS_STRIKES`) and leaves the figures of docs/reliability.md in
`DIKTOR_CHAOS_TABLE`; `make test` strikes each once.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from deploy.embedded.stack import Stack
from tests.chaos.faults import PARTS, STUB, strike
from tests.chaos.stream import Memory, Outcome, Stream, recordings, sending, wait_until_healthy
from tests.support.processes import wait_until
from tests.support.stack import embedded_stack

STRIKES = int(os.environ.get("DIKTOR_CHAOS_STRIKES", "20"))
TABLE = os.environ.get("DIKTOR_CHAOS_TABLE", "")
CALLS, EVERY_S = 40, 1.6
PER_STREAM = 4
"""Strikes during one stream."""

BOUND_MIB = {"scorer-0": 500, "scorer-1": 500, "ingest": 400, "clickhouse": 1500, "triton": 1500, "watchdog": 300}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return recordings(tmp_path_factory.mktemp("recordings"), CALLS)


@pytest.fixture(scope="module")
def calm(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The stream that nothing happens to."""
    with embedded_stack(tmp_path_factory.mktemp("calm"), scorers=2) as stack:
        stream = Stream(stack.settings, files, EVERY_S)
        stream.send()
        return stream.outcome()


@pytest.fixture(scope="module")
def table() -> Iterator[list[dict[str, object]]]:
    rows: list[dict[str, object]] = []
    yield rows
    if TABLE:
        Path(TABLE).parent.mkdir(parents=True, exist_ok=True)
        Path(TABLE).write_text(json.dumps(rows, indent=1) + "\n")


def struck(stack: Stack, files: list[Path], part: str, strikes: int, rng: Random) -> tuple[Outcome, list[str], float]:
    """The outcome of a stream under strikes, what they were, and how long the stack took to be well again."""
    stream, done = Stream(stack.settings, files, EVERY_S), []
    with sending(stream) as thread:
        for number in range(strikes):
            time.sleep(rng.uniform(2, max(2.5, len(files) * EVERY_S / (strikes + 1))))
            if thread.is_alive():
                done.append(strike(stack, part, rng, kill=number % 2 == 0))
    outcome = stream.outcome()
    return outcome, done, wait_until_healthy(stack)


def stubs_of(stack: Stack) -> int:
    """How many of Triton's python processes this stack has."""
    return sum(STUB in " ".join(process.cmdline()) for process in stack.supervisor.processes())


@pytest.mark.accept
@pytest.mark.chaos
@pytest.mark.parametrize("part", PARTS)
def test_a_part_struck_again_and_again_costs_nothing(
    part: str, files: list[Path], calm: Outcome, table: list[dict[str, object]], tmp_path: Path
) -> None:
    assert calm.whole
    rng, done, healed, largest = Random(f"chaos/{part}"), list[str](), list[float](), dict[str, float]()
    lost, doubled, differ = 0, 0, 0
    for stream in range(-(-STRIKES // PER_STREAM)):
        with embedded_stack(tmp_path / str(stream), scorers=2) as stack, Memory(stack) as memory:
            outcome, strikes, seconds = struck(stack, files, part, PER_STREAM, rng)
            wait_until("a dead tritonserver leaves no stubs behind", lambda: stubs_of(stack) == 4, 30)
        done += strikes
        healed.append(seconds)
        lost += outcome.expected - outcome.stored - outcome.dead
        doubled += outcome.doubled
        differ += sum(outcome.verdicts[call] != verdict for call, verdict in calm.verdicts.items())
        for name, mebibytes in memory.largest.items():
            largest[name] = max(largest.get(name, 0.0), mebibytes)
    table.append({
        "part": part, "strikes": len(done), "killed": sum("killed" in one for one in done),
        "windows": outcome.expected * len(healed), "lost": lost, "twice": doubled, "verdicts that differ": differ,
        "well again after, s (largest)": round(max(healed), 1),
        "memory, MiB (largest)": {name: round(value) for name, value in sorted(largest.items())},
    })  # fmt: skip
    print(f"\n{table[-1]}")
    assert (lost, doubled, differ) == (0, 0, 0)
    assert {name: largest[name] for name, bound in BOUND_MIB.items() if largest[name] > bound} == {}


@pytest.mark.timeout(600)
def test_one_strike_at_every_part_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()
    few, rng = recordings(tmp_path / "recordings", 8), Random(7)
    with embedded_stack(tmp_path / "calm", scorers=2) as stack:
        stream = Stream(stack.settings, few, 0.5)
        stream.send()
        undisturbed = stream.outcome()
    assert undisturbed.whole
    with embedded_stack(tmp_path / "struck", scorers=2) as stack:
        stream = Stream(stack.settings, few, 2.0)
        with sending(stream):
            for part in ("scorer", "clickhouse", "ingest", "stub"):
                time.sleep(rng.uniform(1, 3))
                assert strike(stack, part, rng, kill=True) == f"{part} killed"
        outcome = stream.outcome()
        wait_until_healthy(stack)
    assert outcome.whole
    assert outcome.dead == 0
    assert outcome.verdicts == undisturbed.verdicts
