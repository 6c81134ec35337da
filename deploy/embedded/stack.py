"""Bringing the stack up in order, waiting until it really serves; taking it down; saying how it is."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.embedded import airflow, readiness
from deploy.embedded.home import DOCUMENT, MOST_SCORERS, Home
from deploy.embedded.parts import Part, parts
from deploy.embedded.supervisor import Supervisor, tail
from deploy.embedded.triton import seed
from diktor.errors import StackError
from diktor.settings import Settings
from diktor.store.migrate import migrate

START_S = 120.0
"""How long a part may take to serve."""

AIRFLOW_START_S = 300.0
"""The same of Airflow's, which are slow beginners and begin together with everything else."""

FAILED = ("FATAL", "BACKOFF", "EXITED")

SETTING = {"broker": "kafka", "clickhouse": "clickhouse", "triton": "triton"}
"""Parts that may be outside, and the setting that says where they are."""


class Stack:
    """One machine's stack in a data folder."""

    def __init__(
        self,
        home: Path,
        scorers: int = 1,
        only: Sequence[str] = (),
        outside: Mapping[str, str] | None = None,
        with_airflow: bool = False,
    ) -> None:
        """`only` these parts (by name, scorers as `scorer`); all when empty. `with_airflow`: Airflow's besides.

        `outside`: settings that replace the stack's own; a part whose address is among them is not started. None: as
        when the folder was used last.
        """
        self.home = Home.prepared(home, outside)
        here = (p for p in parts(self.home, scorers) if SETTING.get(p.name) not in self.home.outside)
        self.parts = tuple(p for p in here if not only or p.name.split("-")[0] in only)
        self.supervisor = Supervisor(self.home)
        self.home.write_settings()
        self._airflow_password = airflow.prepare(self.home) if with_airflow else ""
        own = {name.removeprefix("DIKTOR_").lower(): value for name, value in self.home.settings().items()}
        self.settings = Settings.load(**own)  # whatever the environment says of other systems
        if with_airflow:
            self.parts += airflow.airflow_parts(self.home, self.settings)

    @classmethod
    def existing(cls, home: Path) -> "Stack":
        """The stack that was started in this folder once, running or not.

        Raises:
            StackError: there is none.
        """
        if not (home / DOCUMENT).exists():
            raise StackError(f"there is no stack in {home}", "Start one: diktor up; or name its folder: DIKTOR_HOME")
        return cls(home)

    def up(self, report: Callable[[str], None] = lambda _: None) -> None:
        """Start everything and wait until it serves.

        Raises:
            StackError: a part did not start; its log's end is in the message, and nothing is left running.
        """
        if self.supervisor.running():
            raise StackError(f"a stack is running in {self.home.path} already", "End it first: diktor down")
        self.home.check_room()
        if {part.name.split("-")[0] for part in self.parts} & {"triton", "scorer"}:
            seed(self.settings)
        self._check_outside()
        self.home.check_ports({port for part in self.parts for port in part.ports})
        if any(part.name.startswith("airflow-") for part in self.parts):
            if self._airflow_password:
                report(f"Airflow's password, shown this once: admin, {self._airflow_password}")
            airflow.migrate(self.home, self.settings)
        try:
            self.supervisor.launch(self.parts)
            self._start([part for part in self.parts if part.first], report)
            reached = {SETTING.get(part.name) for part in self.parts} | self.home.outside.keys()
            if "kafka" in reached:
                asyncio.run(readiness.topics(self.settings))
            if "clickhouse" in reached:
                asyncio.run(migrate(self.settings))
            self._start([part for part in self.parts if not part.first], report)
        except BaseException:
            self.supervisor.shutdown()
            raise

    def down(self) -> None:
        """End every process of the stack."""
        self.supervisor.shutdown()

    def status(self) -> list[dict[str, Any]]:
        """Each part: state, pid, uptime, ports, and whether it serves (`problem` is empty then)."""

        async def problems(names: list[str]) -> list[str]:
            return await asyncio.gather(*(readiness.is_ready(self.settings, self.home, name) for name in names))

        states = self.supervisor.states()
        found = asyncio.run(problems([state.name for state in states]))
        # whoever started it may have asked for other scorers than we know of, and for Airflow
        every = (*parts(self.home, MOST_SCORERS), *airflow.airflow_parts(self.home, self.settings))
        ports = {part.name: {name: self.home.ports[name] for name in part.ports} for part in every}
        return [
            {
                "part": state.name,
                "state": state.state,
                "pid": state.pid,
                "uptime_s": state.uptime_s,
                "ports": ports.get(state.name, {}),
                "problem": problem or state.error,
            }
            for state, problem in zip(states, found, strict=True)
        ]

    def _check_outside(self) -> None:
        for part, setting in SETTING.items():
            if setting not in self.home.outside:
                continue
            if problem := asyncio.run(readiness.is_ready(self.settings, self.home, part)):
                where = self.home.outside[setting]
                raise StackError(f"the {part} outside, at {where}, does not serve: {problem}", "Correct its address")

    def _start(self, wanted: Sequence[Part], report: Callable[[str], None]) -> None:
        for part in wanted:
            self.supervisor.start(part.name)
        for part in wanted:
            started = time.monotonic()
            self._wait(part)
            report(f"{part.name} serves after {time.monotonic() - started:.1f} s")

    def _wait(self, part: Part) -> None:
        patience = AIRFLOW_START_S if part.name.startswith("airflow-") else START_S
        deadline, failures, problem = time.monotonic() + patience, 0, ""
        while time.monotonic() < deadline and failures < 3:
            state = next(state for state in self.supervisor.states() if state.name == part.name)
            failures += state.state in FAILED
            if state.state == "RUNNING":
                problem = asyncio.run(readiness.is_ready(self.settings, self.home, part.name))
                if not problem:
                    return
            time.sleep(0.5)
        log = self.home.log(part.name)
        why = f": {problem.rstrip('.')}" if problem else ""
        raise StackError(f"{part.name} does not serve{why}", f"The end of its log ({log}):\n{tail(log)}")
