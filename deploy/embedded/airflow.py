"""Airflow as parts of the stack: api-server, scheduler, dag-processor; SQLite and the LocalExecutor, on loopback only.

`python -m deploy.embedded.airflow scheduler` is the scheduler, and before each start of it an end to the workers that a
killed one left behind: their tasks are given out again, and two must not work at the same.

Whatever is set as `AIRFLOW__…` replaces what is chosen here: another database, another executor.
"""

import contextlib
import json
import logging
import os
import secrets
import signal
import subprocess
import sys
import time

import psutil

from deploy.embedded import ROOT
from deploy.embedded.home import Home, write_private
from deploy.embedded.parts import Part
from diktor import logs
from diktor.errors import StackError
from diktor.settings import AIRFLOW_PASSWORDS, Settings

PROGRAM = ROOT / ".venv" / "airflow" / "bin" / "airflow"
SECRETS = "airflow/secrets.json"
"""In the data folder: what signs Airflow's tokens."""

WORKERS = 4
"""Tasks at once, most of which wait; training steps take all slots of their pool."""

log = logging.getLogger(__name__)


def airflow_parts(home: Home, settings: Settings) -> tuple[Part, ...]:
    """The three of them."""
    env = environment(home, settings)
    airflow = str(PROGRAM)
    return (
        Part("airflow-api", (airflow, "api-server"), env, ("airflow",)),
        Part("airflow-scheduler", (sys.executable, "-m", "deploy.embedded.airflow", "scheduler"), env),
        Part("airflow-dags", (airflow, "dag-processor"), env),
    )


def environment(home: Home, settings: Settings) -> dict[str, str]:
    """What they need to know; made from what `prepare` left."""
    kept = json.loads((home.path / SECRETS).read_text()) if (home.path / SECRETS).exists() else {}
    address = f"http://127.0.0.1:{home.ports['airflow']}"
    own = {
        "CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": str(WORKERS),
        "CORE__DEFAULT_POOL_TASK_SLOT_COUNT": "2",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home.path / AIRFLOW_PASSWORDS),
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home.path / 'airflow' / 'airflow.db'}",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(home.ports["airflow"]),
        "API__BASE_URL": address,
        "API__SECRET_KEY": kept.get("api", ""),
        "API_AUTH__JWT_SECRET": kept.get("jwt", ""),
        "LOGGING__BASE_LOG_FOLDER": str(home.path / "airflow" / "logs"),
        "DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        # a task does not fail because the machine is busy
        "WORKERS__EXECUTION_API_TIMEOUT": "60",
        "WORKERS__EXECUTION_API_RETRIES": "10",
        # a scheduler or task that was killed is missed soon
        "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "10",
    }
    chosen = {f"AIRFLOW__{name}": value for name, value in own.items()}
    given = {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW__")}
    pipeline = {
        "DIKTOR_HOME": str(home.path),
        "DIKTOR_PIPELINE_COMMAND": settings.pipeline_command,
        "DIKTOR_PIPELINE_NOTIFY": settings.pipeline_notify,
        "DIKTOR_PIPELINE_PROFILES": str(settings.pipeline_profiles or ""),
    }
    process = {
        "AIRFLOW_HOME": str(home.path / "airflow"),
        "PATH": f"{PROGRAM.parent}:/usr/local/bin:/usr/bin:/bin",
        "SPT_NOENV": "1",  # titles of processes would be written over their environment, by which they are known
    }
    return {**pipeline, **process, **chosen, **given}


def prepare(home: Home) -> str:
    """Password and secrets are chosen once. The password if it was chosen now, else empty.

    Raises:
        StackError: Airflow's environment is missing.
    """
    if not PROGRAM.exists():
        raise StackError("the airflow environment is missing", "Build it: make setup")
    (home.path / "airflow").mkdir(exist_ok=True)
    if not (home.path / SECRETS).exists():
        chosen = {"api": secrets.token_urlsafe(32), "jwt": secrets.token_urlsafe(48)}
        write_private(home.path / SECRETS, json.dumps(chosen))
    passwords = home.path / AIRFLOW_PASSWORDS
    if passwords.exists():
        return ""
    password = secrets.token_urlsafe(12)
    write_private(passwords, json.dumps({"admin": password}))
    return password


def migrate(home: Home, settings: Settings) -> None:
    """Make Airflow's tables, or bring them up to date.

    Raises:
        StackError: it failed; the end of its output is in the message.
    """
    env = {**os.environ, **environment(home, settings)}
    found = subprocess.run([PROGRAM, "db", "migrate"], env=env, capture_output=True, text=True, cwd=ROOT)
    if found.returncode:
        raise StackError(f"Airflow's database cannot be made: {(found.stdout + found.stderr)[-1500:]}")


def end_workers() -> None:
    """Everything that a scheduler of this stack started before, and all that these started, is gone at the return."""
    mine = os.environ.get("AIRFLOW_HOME", "")
    name = "DIKTOR_WORKER"
    while left := [process for process in psutil.process_iter() if _environment_of(process).get(name) == mine]:
        for process in left:
            log.warning("ending process %d, which a scheduler of before left behind", process.pid)
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        time.sleep(0.2)
    os.environ[name] = mine


def _environment_of(process: psutil.Process) -> dict[str, str]:
    with contextlib.suppress(psutil.Error):
        if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
            return dict(process.environ())
    return {}


def main() -> None:
    """Become the scheduler. Logs are read from the disk: its log server, which would bind every interface, is off."""
    logs.configure("airflow-scheduler", Settings.load().log_format)
    end_workers()
    os.execv(PROGRAM, [str(PROGRAM), "scheduler", "--skip-serve-logs"])


if __name__ == "__main__":
    main()
