"""What the stack is made of: each part's command, environment and ports, in the order of starting."""

import sys
import sysconfig
from dataclasses import dataclass, field

from deploy.embedded import ROOT
from deploy.embedded.home import Home
from diktor.errors import StackError
from diktor.releases import load_release

STUB = "triton_python_backend_stub"
"""In the command of the processes that run tritonserver's python models."""

TRITON_ENVIRONMENT = ROOT / ".venv" / "triton"


@dataclass(frozen=True)
class Part:
    """One supervised process. `ports` are names of `Home.ports`; `first`: it must serve before the rest is started."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    first: bool = False


def parts(home: Home, scorers: int, release: int = 1) -> tuple[Part, ...]:
    """Every part of the stack."""
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
        _triton(home, release),
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
        Part("watchdog", (python, "-m", "deploy.embedded.watchdog"), shared, ("watchdog",)),
    )  # fmt: skip


def _triton(home: Home, release: int) -> Part:
    """tritonserver as its wheel brings it."""
    server = next(TRITON_ENVIRONMENT.glob("lib/python3*/site-packages/pytriton/tritonserver"), None)
    if server is None:
        raise StackError("the triton environment is missing", "Build it: make setup")
    loads = [f"--load-model={model}" for model in load_release(ROOT / "triton_models", release).models]
    command = (
        str(server / "bin" / "tritonserver"),
        f"--model-repository={ROOT / 'triton_models'}",
        f"--backend-directory={server / 'backends'}",
        "--model-control-mode=explicit",
        *loads,
        "--http-address=127.0.0.1",
        f"--http-port={home.ports['triton_http']}",
        "--grpc-address=127.0.0.1",
        f"--grpc-port={home.ports['triton_grpc']}",
        "--metrics-address=127.0.0.1",
        f"--metrics-port={home.ports['triton_metrics']}",
        "--allow-gpu-metrics=false",
        "--exit-on-error=false",
        "--log-format=ISO8601",
    )
    env = {
        "PATH": f"{TRITON_ENVIRONMENT / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "LD_LIBRARY_PATH": str(sysconfig.get_config_var("LIBDIR")),
        "PYTHONPATH": str(server.parents[1]),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "4",
    }
    return Part("triton", command, env, ("triton_http", "triton_grpc", "triton_metrics"), first=True)
