"""`python -m deploy.embedded.broker PORT`: the embedded broker, and before each restart of it an end to its clients.

It comes back without memory. A client that went on where it was would put the rest of a call on the new broker, and a
scorer would judge a call whose middle nobody ever read. So scorers and ingest are ended before the new one is there;
the watchdog makes the topics and starts them in order, and ingest publishes again what has no verdict.
"""

import contextlib
import logging
import os
import signal
import sys
import time

from deploy.embedded import tansu
from deploy.embedded.home import Home
from deploy.embedded.supervisor import Supervisor
from diktor import logs
from diktor.errors import StackError
from diktor.settings import Settings

log = logging.getLogger(__name__)

MARKER = "broker.started"
"""In the data folder: the supervisord that started a broker before."""


def clients_of(names: list[str]) -> list[str]:
    """The parts that speak with the broker and keep what they were doing."""
    return [name for name in names if name.startswith("scorer-") or name == "ingest"]


def end_clients(home: Home) -> None:
    """None of them is left when this returns, and supervisord starts none by itself."""
    supervisor = Supervisor(home)
    states = {state.name: state for state in supervisor.states()}
    for name in clients_of(list(states)):
        supervisor.stop(name)
        if pid := states[name].pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # what they hold is good for nothing
    while any(state.pid for state in supervisor.states() if state.name in clients_of([state.name])):
        time.sleep(0.1)


def main(port: int) -> None:
    """End the clients of the broker before this one, if there was one; become the broker."""
    settings = Settings.load()
    logs.configure("broker", settings.log_format)
    home = Home.prepared(settings.home)
    marker, mine = home.path / MARKER, str(os.getppid())
    if marker.exists() and marker.read_text() == mine:
        log.warning("the broker comes back and has lost what it held: its clients are ended")
        with contextlib.suppress(StackError):  # supervisord is on its way down
            end_clients(home)
    else:  # written once: a full disk would leave it empty
        marker.write_text(mine)
    command = tansu.command(port)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]))
