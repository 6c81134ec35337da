"""`python -m deploy.embedded.triton`: tritonserver as its wheel brings it, with the releases that must serve.

Which those are is looked up at each start: after a crash it comes back with what served before.
"""

import logging
import os
import sysconfig
from pathlib import Path

from deploy.embedded import ROOT
from deploy.embedded.home import Home
from diktor import logs
from diktor.errors import DiktorError, StackError
from diktor.releases.lock import changing
from diktor.releases.packing import add
from diktor.releases.repository import Repository
from diktor.releases.store import Releases
from diktor.settings import Settings

ENVIRONMENT = ROOT / ".venv" / "triton"

SHIPPED = ROOT / "triton_models"
"""Release 1 of a new store."""

log = logging.getLogger(__name__)


def program() -> Path:
    """The folder of tritonserver.

    Raises:
        StackError: the environment is missing.
    """
    server = next(ENVIRONMENT.glob("lib/python3*/site-packages/pytriton/tritonserver"), None)
    if server is None:
        raise StackError("the triton environment is missing", "Build it: make setup")
    return server


def seed(settings: Settings) -> None:
    """The shipped release is in the store and active, unless there is an active one."""
    store = Releases.of(settings)
    if store.pointer().active:
        return
    with changing(settings):
        number = (store.numbers() or (add(store, SHIPPED).number,))[0]
        store.point(store.pointer().activated(number))


def fill(settings: Settings) -> list[str]:
    """Put what must be served into Triton's repository; the ensembles to load, which bring their models.

    What only open calls need is loaded by the watchdog, once Triton is up: a start takes as long as it loads.
    """
    store, repository = Releases.of(settings), Repository.of(settings)
    wanted = store.pointer().wanted
    for number in sorted(wanted - set(repository.deployed())):
        try:
            repository.put(store.get(number), store.folder(number))
        except DiktorError as error:
            log.error("release %d cannot be deployed: %s", number, error)
    return [f"speech_defects_{number}" for number in repository.deployed() if number in wanted]


def main() -> None:
    """Become tritonserver."""
    settings = Settings.load()
    logs.configure("triton", settings.log_format)
    home, server = Home.prepared(settings.home), program()
    models = fill(settings)
    command = (
        str(server / "bin" / "tritonserver"),
        f"--model-repository={settings.model_repository}",
        f"--backend-directory={server / 'backends'}",
        "--model-control-mode=explicit",
        *(f"--load-model={model}" for model in models),
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
        **os.environ,
        "PATH": f"{ENVIRONMENT / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "LD_LIBRARY_PATH": str(sysconfig.get_config_var("LIBDIR")),
        "PYTHONPATH": str(server.parents[1]),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "4",
    }
    os.execve(command[0], command, env)


if __name__ == "__main__":
    main()
