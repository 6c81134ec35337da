"""`python3.11 -m deploy.setup [app] [triton] [airflow] [bentoml]`: build what is missing or out of date."""

import sys
import time

from deploy.setup import application, machine, triton
from deploy.setup.environment import Environment, say
from diktor.errors import DiktorError

EVERY = ("app", "triton", "airflow")
"""Built when none is named; `bentoml`, which a benchmark compares with, is built on request only."""


def main(names: list[str]) -> int:
    """Exit code: 0 when every named environment is there and current."""
    wanted = [Environment(name) for name in names or EVERY]
    started = time.monotonic()
    try:
        stale = [environment for environment in wanted if not environment.current()]
        if stale:
            machine.check(building=True)
        for environment in stale:
            build(environment)
    except DiktorError as error:
        say(str(error))
        return 1
    if stale:
        say(f"environments ready after {time.monotonic() - started:.0f} s")
    return 0


def build(environment: Environment) -> None:
    """Everything in one environment; stamped only when all of it worked."""
    environment.create()
    if environment.name == "app":
        application.torch(environment)
    environment.install()
    if environment.name == "app":
        application.diktor(environment)
    if environment.name == "triton":
        triton.complete(environment)
    environment.stamp()


sys.exit(main(sys.argv[1:]))
