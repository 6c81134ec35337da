"""Where the pipeline runs: the few settings of `diktor/settings.py` that its tasks need, from the environment."""

import os
import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: commands run from here, so that relative paths in the form mean the same as on a command line."""


def home() -> Path:
    """The data folder (`DIKTOR_HOME`)."""
    return Path(os.environ.get("DIKTOR_HOME", ROOT / ".diktor")).absolute()


def diktor() -> list[str]:
    """The command that `diktor` is (`DIKTOR_PIPELINE_COMMAND`): by default that of the application's environment."""
    own = shlex.join([str(ROOT / ".venv" / "app" / "bin" / "python"), "-m", "diktor"])
    return shlex.split(os.environ.get("DIKTOR_PIPELINE_COMMAND") or own)


def notify() -> str:
    """Where failures are told (`DIKTOR_PIPELINE_NOTIFY`): `log`, or the URL of a webhook."""
    return os.environ.get("DIKTOR_PIPELINE_NOTIFY") or "log"


def profiles() -> Path:
    """The file of schedules and profiles (`DIKTOR_PIPELINE_PROFILES`)."""
    return Path(os.environ.get("DIKTOR_PIPELINE_PROFILES") or ROOT / "dags" / "profiles.toml")


def run_folder(dag: str, run: str) -> Path:
    """The folder of one run, whatever its name is made of."""
    return home() / "pipeline" / re.sub(r"[^\w.+-]", "_", f"{dag}-{run}")
