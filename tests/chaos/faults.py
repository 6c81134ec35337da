"""What is done to a running stack: a part killed, stopped or away, a full disk, unusable answers, a clock that is set.

Each fault lasts some seconds and is over when its function returns; what was done, in words.
"""

import os
import signal
import time
from random import Random

from deploy.embedded.parts import STUB
from deploy.embedded.stack import Stack
from tests.chaos.rig import Rig
from tests.support.clock import HOUR_S
from tests.support.stack import state_of

STOPPED_S = 5.0
PARTS = ("scorer", "ingest", "stub", "triton", "clickhouse", "broker")


def strike(stack: Stack, part: str, rng: Random, kill: bool) -> str:
    """Kill or stop a part. Nothing happens to a part that is down already."""
    pid = _pid(stack, part, rng)
    if pid is None:
        return f"{part} was down"
    try:
        if kill:
            os.kill(pid, signal.SIGKILL)
            return f"{part} killed"
        os.kill(pid, signal.SIGSTOP)
        time.sleep(STOPPED_S)
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return f"{part} went down by itself"
    return f"{part} stopped for {STOPPED_S:g} s"


def away(stack: Stack, part: str, seconds: float) -> str:
    """A part is not there, its port refuses: what was stopped by hand neither supervisord nor the watchdog starts."""
    stack.supervisor.stop(part)
    time.sleep(seconds)
    stack.supervisor.start(part)
    return f"{part} away for {seconds:g} s"


def full(rig: Rig, disk: str, seconds: float) -> str:
    """A disk of `rig.DISKS` has no byte free."""
    rig.disk(disk).fill_for(seconds)
    return f"disk of {disk} full for {seconds:g} s"


def unusable(rig: Rig, answers: tuple[str, ...], seconds: float) -> str:
    """Triton's answers are spoilt, `faulty_triton.FAULTS` in turn."""
    assert rig.door is not None
    before, rig.door.faults = rig.door.spoilt, answers
    time.sleep(seconds)
    rig.door.faults = ()
    return f"{rig.door.spoilt - before} answers unusable within {seconds:g} s"


def clock_set(rig: Rig, seconds: float) -> str:
    """The clock of scorers, ingest and ClickHouse jumps an hour ahead, then an hour behind, then is right again."""
    assert rig.clock is not None
    for offset in (HOUR_S, -HOUR_S, 0):
        rig.clock.set(offset)
        time.sleep(seconds)
    return "clock an hour ahead, an hour behind, right again"


def _pid(stack: Stack, part: str, rng: Random) -> int | None:
    if part == "scorer":
        return state_of(stack, rng.choice(["scorer-0", "scorer-1"])).pid or None
    if part == "stub":
        stubs = [process.pid for process in stack.supervisor.processes() if STUB in " ".join(process.cmdline())]
        return rng.choice(stubs) if stubs else None
    return state_of(stack, part).pid or None
