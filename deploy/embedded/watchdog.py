"""What supervisord cannot see: a Triton that says ready and fails, a broker that came back empty, how often what died.

Releases that nobody needs any more are unloaded, and those that somebody needs are loaded.

What supervisord gave up (a disk that was full for minutes) is started again for as long as the stack is up.

A dead python stub fails every request though tritonserver answers: it is restarted when it says so itself, else after
three failed golden windows.
While windows are being scored nothing need be asked: the count of those that succeeded says it, and costs nothing.
The embedded broker keeps everything in memory: when it was restarted its topics are made again, and scorers and ingest
start afresh, in this order; ingest then publishes every recording whose call has no verdict.
"""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Iterable

import psutil
from prometheus_client import start_http_server

from deploy.embedded import readiness
from deploy.embedded.broker import clients_of
from deploy.embedded.home import Home
from deploy.embedded.parts import STUB
from deploy.embedded.supervisor import State, Supervisor
from diktor import logs
from diktor.errors import DiktorError
from diktor.metrics import PART_RESTARTS, PART_UP
from diktor.releases.store import found
from diktor.releases.tidy import tidy
from diktor.scoring.triton import Triton
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.store.connection import connect

EVERY_S = 3.0
PATIENCE = 3
"""Failed golden windows in a row before Triton is restarted."""

DEAD_STUB = "is not healthy"
"""tritonserver's words for a stub that is gone: it will not come back, and there is nothing to wait for."""

GRACE_S = 30.0
"""A Triton that was just started may be loading."""

LOADING_S = 120.0
"""So long it may load without listening yet: on a starved machine restarts would never let it finish."""

TIDY_S = 5.0
"""Between looks at what Triton has loaded."""

log = logging.getLogger(__name__)


def listening(port: int) -> bool:
    """Whether somebody accepts connections on loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Uptimes:
    """How long each part's process has been there: by a clock that nobody sets, as supervisord's can be."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, int], float] = {}

    def of(self, state: State) -> float:
        """Seconds; what supervisord says is believed at the first look only."""
        now = time.monotonic()
        return now - self._since.setdefault((state.name, state.pid), now - state.uptime_s)


class Watchdog:
    """Looks every few seconds."""

    def __init__(self, settings: Settings, home: Home) -> None:
        self._settings, self._home = settings, home
        self._supervisor = Supervisor(home)
        self._failures = self._scored = 0
        self._broker_pid: int | None = None
        self._pids: dict[str, int] = {}
        self._uptimes = Uptimes()
        self._tidy_at = time.monotonic()

    async def run(self) -> None:
        """Until the stack goes down."""
        while True:
            states = {state.name: state for state in self._supervisor.states()}
            self._count(states.values())
            for name in [name for name, state in states.items() if state.state == "FATAL"]:
                log.warning("starting %s again, which supervisord gave up", name)
                self._supervisor.start(name)
            if "triton" in states and states["triton"].state == "RUNNING":
                uptime_s = self._uptimes.of(states["triton"])
                if uptime_s < 2 * GRACE_S:
                    self._end_orphans(states["triton"].pid)
                await self._look_at_triton(uptime_s)
                if "clickhouse" in states or "clickhouse" in self._home.outside:
                    await self._look_at_releases()
            if "broker" in states and states["broker"].state == "RUNNING":
                await self._look_at_broker(states["broker"].pid, list(states))
            await asyncio.sleep(EVERY_S)

    def _count(self, states: Iterable[State]) -> None:
        for state in states:
            PART_UP.labels(state.name).set(state.state == "RUNNING")
            restarts = PART_RESTARTS.labels(state.name)  # there from the beginning, at 0
            if state.pid and self._pids.setdefault(state.name, state.pid) != state.pid:
                self._pids[state.name] = state.pid
                restarts.inc()

    async def _look_at_triton(self, uptime_s: float) -> None:
        if await self._scores():
            self._failures = 0
            return
        problem = await readiness.is_ready(self._settings, self._home, "triton", 15)
        self._scored += not problem  # the golden window itself
        patience_s = GRACE_S / 2 if listening(self._home.ports["triton_grpc"]) else LOADING_S
        self._failures = self._failures + 1 if problem and uptime_s > patience_s else 0
        if self._failures >= (1 if DEAD_STUB in problem else PATIENCE):
            log.warning("restarting triton: %s", problem)
            self._failures = 0
            self._supervisor.kill("triton")  # with a dead stub it takes a quarter of a minute to end by itself

    async def _look_at_releases(self) -> None:
        if time.monotonic() < self._tidy_at:
            return
        try:
            calls = Store(await connect(self._settings), self._settings)
            try:
                await tidy(self._settings, calls)
            finally:
                await calls.close()
        except (DiktorError, OSError) as error:  # a part is away, a disk full, a deployment going on: next time
            log.info("releases were not looked at: %s", error)
        self._tidy_at = time.monotonic() + TIDY_S

    def _end_orphans(self, server: int) -> None:
        """Stubs of a tritonserver before this one: those that it was just starting wait for it for ever."""
        with contextlib.suppress(psutil.Error):
            started = psutil.Process(server).create_time()
            for process in self._supervisor.processes():
                if process.create_time() < started and STUB in " ".join(process.cmdline()):
                    log.warning("ending a stub of a tritonserver that is gone")
                    process.kill()

    async def _scores(self) -> bool:
        """Whether somebody's window has been scored since the last look."""
        try:
            release = found(self._settings)
            async with Triton(self._settings.triton, 5.0) as triton:
                count = await triton.scored(release)
        except DiktorError:
            return False
        before, self._scored = self._scored, count
        return count > before

    async def _look_at_broker(self, pid: int, names: list[str]) -> None:
        if pid == self._broker_pid:
            return
        deadline = time.monotonic() + GRACE_S
        while await readiness.is_ready(self._settings, self._home, "broker"):
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(0.5)
        empty = await readiness.topics(self._settings)
        if empty or self._broker_pid is not None:
            log.warning("the broker was restarted and is empty: topics, scorers and ingest start afresh")
            for name in sorted(clients_of(names), reverse=True):  # scorers first
                self._supervisor.restart(name)
        self._broker_pid = pid


if __name__ == "__main__":
    settings_ = Settings.load()
    logs.configure("watchdog", settings_.log_format)
    home_ = Home.prepared(settings_.home)
    start_http_server(home_.ports["watchdog"], "127.0.0.1")
    asyncio.run(Watchdog(settings_, home_).run())
