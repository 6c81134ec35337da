"""How much processor time something took: a stretch of it in seconds of CPU and of the clock."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import psutil

from deploy.embedded.stack import Stack


@dataclass
class Spent:
    """Filled in when the stretch is over."""

    cpu_s: float = 0.0
    wall_s: float = 0.0

    @property
    def busy_cores(self) -> float:
        """Cores kept busy on average."""
        return self.cpu_s / self.wall_s


@contextlib.contextmanager
def spent(processes: Callable[[], Iterable[psutil.Process]]) -> Iterator[Spent]:
    """What these processes use inside the block, children that ended in it too; asked for them before and after."""
    result = Spent()
    before, started = cpu_s(processes()), time.perf_counter()
    yield result
    result.wall_s = time.perf_counter() - started
    result.cpu_s = cpu_s(processes()) - before


def cpu_s(processes: Iterable[psutil.Process]) -> float:
    """Seconds so far, user and system, with those of children that have ended."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def family(root: psutil.Process) -> list[psutil.Process]:
    """A process and all that came from it."""
    return [root, *root.children(recursive=True)]


def by_part(stack: Stack) -> Counter[str]:
    """CPU seconds of every part of a stack so far, its children's too."""
    return Counter({state.name: cpu_s(family(psutil.Process(state.pid))) for state in stack.supervisor.states()})
