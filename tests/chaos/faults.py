"""What is done to a running stack: a part killed with -9 or stopped for some seconds, at a moment of its own."""

import os
import signal
import time
from random import Random

import psutil

from deploy.embedded.stack import Stack
from tests.support.stack import state_of

STOPPED_S = 5.0
STUB = "triton_python_backend_stub"
PARTS = ("scorer", "ingest", "stub", "triton", "clickhouse", "broker")


def strike(stack: Stack, part: str, rng: Random, kill: bool) -> str:
    """Kill or stop a part; what was done, in words. Nothing happens to a part that is down already."""
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


def _pid(stack: Stack, part: str, rng: Random) -> int | None:
    if part == "scorer":
        return state_of(stack, rng.choice(["scorer-0", "scorer-1"])).pid or None
    if part == "stub":
        server = state_of(stack, "triton").pid
        try:
            stubs = [p.pid for p in psutil.Process(server).children() if STUB in " ".join(p.cmdline())]
        except (psutil.Error, ValueError):
            return None
        return rng.choice(stubs) if stubs else None
    return state_of(stack, part).pid or None
