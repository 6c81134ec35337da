"""A stack that faults can be done to: its files on small disks, a door before Triton, a clock that can be set."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.home import Home
from deploy.embedded.stack import Stack
from tests.support import outside
from tests.support.clock import Clock
from tests.support.disks import Disk, small_disk
from tests.support.faulty_triton import FaultyTriton, faulty_triton
from tests.support.stack import embedded_stack, state_of

DISKS = {
    "recordings": 64,
    "uploads": 32,
    "ingest": 32,
    "clickhouse": 64,
    "scorer": 4,
    "log": 16,
    "shm": 64,
    "home": 700,
}
"""What may be full, and how large it is, MiB: a part's folder; where an upload lands as it comes; the memory
that Triton shares with its stubs; the whole data folder, of which a stack wants 500 free before it starts."""

OWN_SHM = 'mount -t tmpfs -o size=64m,mode=1777 diktor-test /dev/shm && exec "$@"'
"""tritonserver in a mount namespace of its own, so that nobody else's shared memory is filled."""

TRITON_S = "8"
"""Time-out of Triton behind the door: an answer that hangs is given up soon, one that queues on two cores is not."""


@dataclass
class Rig:
    """The stack, and the handles of what can be done to it."""

    stack: Stack
    door: FaultyTriton | None = None
    clock: Clock | None = None
    disks: dict[str, Disk] = field(default_factory=dict)

    def disk(self, name: str) -> Disk:
        """One of `DISKS`."""
        if name == "shm":  # seen from the process that has it
            return Disk(Path(f"/proc/{state_of(self.stack, 'triton').pid}/root/dev/shm"))
        return self.disks[name]


@contextmanager
def rigged(
    home: Path, disks: Sequence[str] = (), door: bool = False, clock: bool = False, scorers: int = 2
) -> Iterator[Rig]:
    """A stack that serves, its own parts on this machine, the others outside where the environment says so."""
    with ExitStack() as opened:
        place = opened.enter_context(outside.own_place())
        env: dict[str, dict[str, str]] = {name: {} for name in ("scorer", "ingest", "clickhouse", "watchdog")}
        mounted: dict[str, Disk] = {}
        for name in disks:
            if name == "uploads":  # sockets lie there too, whose names must be short
                folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="d-")))
                env["ingest"]["TMPDIR"] = str(folder)
            else:
                folder = home if name == "home" else home / name
            if name != "shm":
                mounted[name] = opened.enter_context(small_disk(folder, DISKS[name]))
        rig_door = rig_clock = None
        if door:
            server = Home.prepared(home, place).settings()["DIKTOR_TRITON"]
            rig_door = opened.enter_context(faulty_triton(server))
            for name in ("scorer", "watchdog"):
                env[name] |= {"DIKTOR_TRITON": rig_door.address, "DIKTOR_TRITON_TIMEOUT_S": TRITON_S}
        if clock:
            rig_clock = Clock(Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="d-"))) / "clock")
            for name in ("scorer", "ingest", "clickhouse"):
                env[name] |= rig_clock.env
        within = {"triton": ("unshare", "--mount", "sh", "-c", OWN_SHM, "sh")} if "shm" in disks else {}
        stack = opened.enter_context(embedded_stack(home, (), scorers, place, env, within))
        yield Rig(stack, rig_door, rig_clock, mounted)
