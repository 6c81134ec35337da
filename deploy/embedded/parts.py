"""What the stack is made of: each part's command, environment and ports, in the order of starting."""

import sys
from dataclasses import dataclass, field

from deploy.embedded import triton
from deploy.embedded.home import Home

STUB = "triton_python_backend_stub"
"""In the command of the processes that run tritonserver's python models."""


@dataclass(frozen=True)
class Part:
    """One supervised process. `ports` are names of `Home.ports`; `first`: it must serve before the rest is started."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    first: bool = False


def parts(home: Home, scorers: int) -> tuple[Part, ...]:
    """Every part of the stack.

    Raises:
        StackError: the triton environment is missing.
    """
    triton.program()
    shared = home.settings() | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    python = sys.executable
    return (
        Part(
            "broker",
            (python, "-m", "deploy.embedded.broker", str(home.ports["kafka"])),
            {"DIKTOR_HOME": str(home.path), "RUST_LOG": "warn"},
            ("kafka",),
            first=True,
        ),
        Part(
            "clickhouse",
            (
                python, "-m", "deploy.embedded.clickhouse",
                "--path", str(home.path / "clickhouse"), "--port", str(home.ports["clickhouse"]),
            ),
            {"DIKTOR_CLICKHOUSE_TOKEN": home.clickhouse_token},
            ("clickhouse",),
            first=True,
        ),
        Part(
            "triton",
            (python, "-m", "deploy.embedded.triton"),
            shared,
            ("triton_http", "triton_grpc", "triton_metrics"),
            first=True,
        ),
        *(
            Part(
                f"scorer-{k}",
                (python, "-m", "services.scorer"),
                shared | {"DIKTOR_SCORER_PORT": str(home.ports[f"scorer_{k}"])},
                (f"scorer_{k}",),
            )
            for k in range(scorers)
        ),
        Part("ingest", (python, "-m", "services.ingest"), shared, ("ingest",)),
        Part("api", (python, "-m", "deploy.embedded.web"), shared, ("api",)),
        Part("watchdog", (python, "-m", "deploy.embedded.watchdog"), shared, ("watchdog",)),
    )  # fmt: skip
