"""The stack's data folder: which ports it uses, its tokens, and the settings it writes for everyone else.

A part may be outside: its address is given with `outside`, and everybody who asks for the settings is sent there.
What is written here is written beside and moved into place: a full disk leaves what was there.
"""

import json
import os
import secrets
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from diktor.errors import StackError
from diktor.settings import STACK_FILE

LOWEST, HIGHEST = 18000, 32767
"""Below the range from which the kernel lends ports to others."""

LEAST_FREE = 500 * 2**20
"""Bytes of disk without which nothing is started."""

NAMES = ("kafka", "clickhouse", "triton_http", "triton_grpc", "triton_metrics", "ingest", "watchdog", "airflow", "api")
MOST_SCORERS = 8

DOCUMENT = "stack.json"
"""In the data folder: ports, tokens, and what is outside."""


@dataclass(frozen=True)
class Home:
    """Everything about one stack that outlives its processes."""

    path: Path
    ports: dict[str, int]
    clickhouse_token: str
    ingest_token: str
    api_secret: str
    outside: dict[str, str] = field(default_factory=dict)
    """Settings by name (`kafka`, `clickhouse_token`, `topic_audio`, …) that replace this stack's own."""

    @classmethod
    def prepared(cls, path: Path, outside: Mapping[str, str] | None = None) -> "Home":
        """The folder as it is, or made now; ports and tokens are chosen once. `outside` None: as it was before.

        Raises:
            StackError: the folder cannot be written.
        """
        path = path.absolute()
        try:
            (path / "log").mkdir(parents=True, exist_ok=True)
            document = path / DOCUMENT
            known = json.loads(document.read_text()) if document.exists() else {}
            if (chosen := _completed(known, outside)) != known:
                write_private(document, json.dumps(chosen, indent=1))
        except OSError as error:
            raise StackError(f"{path} cannot be written: {error.strerror}", "Choose another: DIKTOR_HOME") from error
        return cls(path=path, **chosen)

    @property
    def socket(self) -> Path:
        """Where supervisord listens; elsewhere when the folder's name is too long for a socket's."""
        own = self.path / "supervisor.sock"
        if len(str(own)) < 100:
            return own
        return Path("/tmp") / f"diktor-{sha256(str(self.path).encode()).hexdigest()[:16]}.sock"

    def log(self, part: str) -> Path:
        """A part's log."""
        return self.path / "log" / f"{part}.log"

    def settings(self) -> dict[str, str]:
        """What the rest of Diktor needs to find this stack."""
        port = self.ports
        own = {
            "DIKTOR_HOME": str(self.path),
            "DIKTOR_KAFKA": f"127.0.0.1:{port['kafka']}",
            "DIKTOR_KAFKA_FETCH_WAIT_MS": "100",
            "DIKTOR_CLICKHOUSE": f"http://default@127.0.0.1:{port['clickhouse']}/diktor",
            "DIKTOR_CLICKHOUSE_TOKEN": self.clickhouse_token,
            "DIKTOR_TRITON": f"127.0.0.1:{port['triton_grpc']}",
            "DIKTOR_MODEL_REPOSITORY": str(self.path / "models"),
            "DIKTOR_INGEST": f"http://127.0.0.1:{port['ingest']}",
            "DIKTOR_INGEST_TOKEN": self.ingest_token,
            "DIKTOR_API": f"http://127.0.0.1:{port['api']}",
            "DIKTOR_API_SECRET": self.api_secret,
            "DIKTOR_API_PROXIES": "127.0.0.1",  # the dashboard asks for its visitors
            "DIKTOR_AIRFLOW": f"http://127.0.0.1:{port['airflow']}",
        }
        return own | {f"DIKTOR_{name.upper()}": value for name, value in self.outside.items()}

    def write_settings(self) -> None:
        """Leave the settings where `Settings.load` looks."""
        lines = [f"{name}={value}" for name, value in self.settings().items() if name != "DIKTOR_HOME"]
        text, file = "\n".join(lines) + "\n", self.path / STACK_FILE
        if not file.exists() or file.read_text() != text:
            write_private(file, text)

    def check_room(self) -> None:
        """Raises: StackError: the disk is too full to start anything."""
        if (free := shutil.disk_usage(self.path).free) < LEAST_FREE:
            raise StackError(
                f"the disk of {self.path} is full: {free // 2**20} MiB are free",
                f"Make room for {LEAST_FREE // 2**20} MiB, or choose another folder: DIKTOR_HOME",
            )

    def check_ports(self, names: set[str]) -> None:
        """Raises: StackError: somebody else has one of these ports."""
        for name in sorted(names & set(self.ports)):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", self.ports[name]))
                except OSError as error:
                    raise StackError(
                        f"port {self.ports[name]}, chosen for {name}, is taken by another process",
                        f"End that process, or delete {self.path / DOCUMENT} to choose new ports",
                    ) from error


def _completed(known: dict[str, Any], outside: Mapping[str, str] | None) -> dict[str, Any]:
    """What was chosen before, and a choice for what is new."""
    ports = known.get("ports", {})
    missing = [name for name in (*NAMES, *(f"scorer_{k}" for k in range(MOST_SCORERS))) if name not in ports]
    return {
        "ports": {**ports, **dict(zip(missing, _free_ports(len(missing), set(ports.values())), strict=True))},
        "clickhouse_token": known.get("clickhouse_token") or secrets.token_urlsafe(24),
        "ingest_token": known.get("ingest_token") or secrets.token_urlsafe(24),
        "api_secret": known.get("api_secret") or secrets.token_urlsafe(48),
        "outside": known.get("outside", {}) if outside is None else dict(outside),
    }


def _free_ports(count: int, taken: set[int]) -> list[int]:
    start = LOWEST + secrets.randbelow(HIGHEST - LOWEST - 2000)
    free: list[int] = []
    for port in (port for port in range(start, HIGHEST) if port not in taken):
        if len(free) == count:
            return free
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        free.append(port)
    raise StackError("no free ports below 32768", "End some listening processes")


def write_private(path: Path, text: str) -> None:
    """A file that only its owner reads: there are tokens in it."""
    new = path.with_name(path.name + ".new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
