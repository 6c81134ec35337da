"""From a name to a tracker; its packages are imported only when it is named."""

import importlib.util
from pathlib import Path

from diktor.errors import DiktorError
from diktor.learning.tracking.nothing import Nothing
from diktor.learning.tracking.tracker import Tracker
from diktor.settings import Tracking


def tracker(kind: Tracking, folder: Path, address: str = "") -> Tracker:
    """A tracker that keeps what it keeps locally in `folder`; `address` is MLflow's, if it is not to be local.

    Raises:
        DiktorError: its package is not installed.
    """
    if kind == "mlflow":
        _installed("mlflow", "mlflow-skinny sqlalchemy alembic")
        from diktor.learning.tracking.mlflow import Mlflow, local

        return Mlflow(address or local(folder))
    if kind == "comet":
        _installed("comet_ml", "comet-ml")
        from diktor.learning.tracking.comet import Comet

        return Comet(folder / "comet")
    return Nothing()


def _installed(module: str, packages: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise DiktorError(f"{module} is not installed", f"Run: pip install {packages}; or use --tracking none")
