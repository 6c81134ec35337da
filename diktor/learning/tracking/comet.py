"""Comet: experiments in zip files of a folder, or with `COMET_API_KEY` straight to the service.

Offline nothing leaves the machine; `comet upload FILE.zip` sends one later. Project and workspace are Comet's own
settings, `COMET_PROJECT_NAME` and `COMET_WORKSPACE`. Of what Comet would collect by itself (source code, git, the
machine, the command line, the terminal's text, errors of its own for Sentry) nothing is.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from diktor.errors import UnavailableError
from diktor.learning.tracking.tracker import Value

os.environ.setdefault("COMET_DISABLE_AUTO_LOGGING", "1")  # read when Comet is imported
os.environ.setdefault("COMET_DISABLE_ANNOUNCEMENT", "true")
os.environ.setdefault("COMET_ERROR_TRACKING_ENABLE", "false")
os.environ.setdefault("COMET_INTERNAL_REPORTING", "false")
os.environ.setdefault("COMET_LOGGING_CONSOLE", "ERROR")

import comet_ml

KEY = "COMET_API_KEY"
PROJECT = "diktor"

COLLECT_NOTHING = {
    "auto_histogram_weight_logging": False,
    "auto_metric_logging": False,
    "auto_output_logging": False,
    "auto_param_logging": False,
    "display_summary_level": 0,
    "log_code": False,
    "log_env_details": False,
    "log_git_metadata": False,
    "log_git_patch": False,
    "log_graph": False,
    "parse_args": False,
}


class Comet:
    """An experiment; offline it becomes a zip file in `folder` when it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self, name: str, parameters: Mapping[str, Value]) -> None:
        """Begin the experiment."""
        project = os.environ.get("COMET_PROJECT_NAME", PROJECT)
        if os.environ.get(KEY):
            self._experiment = comet_ml.Experiment(project_name=project, **COLLECT_NOTHING)
        else:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._experiment = comet_ml.OfflineExperiment(
                project_name=project, offline_directory=str(self._folder), **COLLECT_NOTHING
            )
        if not self._experiment.alive:
            raise UnavailableError(
                "Comet cannot be reached, or does not take the key", f"Check {KEY}; without it Comet works offline"
            )
        self._experiment.set_name(name)
        self._experiment.log_parameters(dict(parameters))

    def curve(self, name: str, step: int, value: float) -> None:
        """A metric."""
        self._experiment.log_metric(name, value, step=step)

    def artefact(self, path: Path) -> None:
        """An asset, as Comet calls it."""
        self._experiment.log_asset(str(path), file_name=path.name, copy_to_tmp=True)

    def tag(self, name: str, value: str) -> None:
        """An `other` value: tags of Comet have no values."""
        self._experiment.log_other(name, value)

    def end(self, *, failed: bool = False) -> None:
        """Send or write what is left; how it ended is the value `status`."""
        self._experiment.log_other("status", "failed" if failed else "finished")
        self._experiment.end()
