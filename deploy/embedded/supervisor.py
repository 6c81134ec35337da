"""supervisord for the stack: its configuration, starting it, asking it, ending it with everything it started."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport

from deploy.embedded import ROOT
from deploy.embedded.home import Home, write_private
from deploy.embedded.parts import Part
from diktor.errors import StackError
from diktor.logs import readable

MARK = "DIKTOR_STACK"
"""In the environment of every process of a stack: the folder it belongs to. So none is ever left behind."""


RETRIES = 20
"""Starts in a row, each a second later than the one before, until supervisord gives a part up."""


class State(NamedTuple):
    """A part as supervisord sees it."""

    name: str
    state: str
    pid: int
    uptime_s: int
    error: str


class Supervisor:
    """A stack's supervisord."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._process: subprocess.Popen[bytes] | None = None

    def running(self) -> bool:
        """Whether it answers."""
        try:
            self._call("getState")
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def launch(self, parts: Iterable[Part]) -> None:
        """Start supervisord with none of the parts running.

        Raises:
            StackError: it does not come up.
        """
        config = self.home.path / "supervisord.conf"
        write_private(config, _configuration(self.home, parts))
        self.home.socket.unlink(missing_ok=True)
        log = self.home.log("supervisord")
        with log.open("ab") as output:
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", "deploy.embedded.supervisord", "-n", "-c", str(config)],
                cwd=ROOT,
                env={**os.environ, MARK: str(self.home.path)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        for _ in range(100):
            if self.running():
                return
            if process.poll() is not None:
                break
            time.sleep(0.1)
        raise StackError(f"supervisord did not start: {tail(log, 5)}", f"Its log is {log}")

    def start(self, name: str) -> None:
        """Start a part, not waiting for it.

        Raises:
            StackError: its program cannot be run.
        """
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise StackError(
                    f"{name} cannot be started: {fault.faultString}", "Build what it needs: make setup"
                ) from fault

    def stop(self, name: str) -> None:
        """Ask a part to end, not waiting for it; it is not started again by itself."""
        with contextlib.suppress(xmlrpc.client.Fault):
            self._call("stopProcess", name, False)

    def restart(self, name: str) -> None:
        """Stop a part and start it."""
        with contextlib.suppress(xmlrpc.client.Fault):
            self._call("stopProcess", name, True)
        self.start(name)

    def kill(self, name: str) -> None:
        """End a part at once, as a crash would; it is started again."""
        with contextlib.suppress(xmlrpc.client.Fault):
            self._call("signalProcess", name, "KILL")

    def states(self) -> list[State]:
        """Every part.

        Raises:
            StackError: supervisord does not answer.
        """
        try:
            found = self._call("getAllProcessInfo")
        except (OSError, xmlrpc.client.Error) as error:
            raise StackError("the stack is not running", "Start it: diktor up") from error
        return [
            State(p["name"], p["statename"], p["pid"], max(0, p["now"] - p["start"]) if p["pid"] else 0, p["spawnerr"])
            for p in found
        ]

    def processes(self) -> list[psutil.Process]:
        """Every process of the stack, supervisord too."""
        mine = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get(MARK) == str(self.home.path) and process.status() != psutil.STATUS_ZOMBIE:
                    mine.append(process)
        return mine

    def shutdown(self, seconds: float = 40) -> None:
        """End everything; what does not go politely is killed."""
        with contextlib.suppress(OSError, xmlrpc.client.Error):
            self._call("stopAllProcesses", False)  # all at once: a shutdown alone stops one after another
        with contextlib.suppress(OSError, xmlrpc.client.Error):
            self._call("shutdown")
        deadline = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < deadline:
            if not self.running():
                psutil.wait_procs(left, timeout=3)
                break
            time.sleep(0.2)
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
                process.wait(5)
        if self._process is not None:
            self._process.wait()
        self.home.socket.unlink(missing_ok=True)

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.home.socket}")
        try:
            proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
            return getattr(proxy.supervisor, method)(*arguments)
        finally:
            transport.close()


def tail(log: Path, lines: int = 15) -> str:
    """A log's end, for people."""
    if not log.exists():
        return "(no log)"
    return "\n".join(map(readable, log.read_text(errors="replace").splitlines()[-lines:]))


def _configuration(home: Home, parts: Iterable[Part]) -> str:
    sections = [
        "[unix_http_server]",
        f"file={home.socket}",
        "chmod=0600",
        "[supervisord]",
        f"pidfile={home.path / 'supervisord.pid'}",
        "logfile=/dev/null",
        "logfile_maxbytes=0",
        f"childlogdir={home.path / 'log'}",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for part in parts:
        env = ",".join(f'{name}="{value}"' for name, value in part.env.items())
        sections += [
            f"[program:{part.name}]",
            f"command={_escaped(shlex.join(part.command))}",
            f"environment={_escaped(env)}",
            f"directory={ROOT}",
            "autostart=false",
            "autorestart=true",
            "startsecs=1",
            f"startretries={RETRIES}",
            "stopasgroup=true",
            "killasgroup=true",
            "stopwaitsecs=15",
            "redirect_stderr=true",
            f"stdout_logfile={home.log(part.name)}",
            "stdout_logfile_maxbytes=20MB",
            "stdout_logfile_backups=2",
        ]
    return "\n".join(sections) + "\n"


def _escaped(text: str) -> str:
    return text.replace("%", "%%")
