"""MLflow by its client: an SQLite file of ours, or whatever address is given.

`mlflow-skinny` with SQLAlchemy and Alembic is all that this takes: no server, no web page. To look at the runs,
`mlflow ui --backend-store-uri sqlite:///…/mlflow.db` of any full MLflow reads the same file.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from diktor.errors import UnavailableError
from diktor.learning.tracking.tracker import Value

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read when MLflow is imported
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # 7 would be minutes of waiting for nobody

from mlflow.entities import Param
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

EXPERIMENT = "diktor"
SQLITE = "sqlite:///"


def local(folder: Path) -> str:
    """The address of the SQLite file in a folder."""
    return f"{SQLITE}{folder.absolute() / 'mlflow.db'}"


class Mlflow:
    """A run of the experiment `diktor` at `address`; with SQLite its files lie beside the database."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._run = ""

    def start(self, name: str, parameters: Mapping[str, Value]) -> None:
        """Begin the run; the database and the experiment are made when they are not there."""
        with _told(self._address):
            self._client = MlflowClient(self._address)
            self._run = self._client.create_run(self._experiment(), run_name=name).info.run_id
            values = [Param(key, str(value)) for key, value in parameters.items()]
            self._client.log_batch(self._run, params=values)

    def curve(self, name: str, step: int, value: float) -> None:
        """A metric."""
        with _told(self._address):
            self._client.log_metric(self._run, name, value, step=step)

    def artefact(self, path: Path) -> None:
        """An artifact, as MLflow spells it."""
        with _told(self._address):
            self._client.log_artifact(self._run, str(path))

    def tag(self, name: str, value: str) -> None:
        """A tag."""
        with _told(self._address):
            self._client.set_tag(self._run, name, value)

    def end(self, *, failed: bool = False) -> None:
        """FINISHED or FAILED."""
        with _told(self._address):
            self._client.set_terminated(self._run, "FAILED" if failed else "FINISHED")

    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(EXPERIMENT)
        if found is not None:
            return str(found.experiment_id)
        return str(self._client.create_experiment(EXPERIMENT, artifact_location=self._files()))

    def _files(self) -> str | None:
        """Beside an SQLite database: by itself MLflow would take the current folder. Elsewhere the server decides."""
        if not self._address.startswith(SQLITE):
            return None
        database = Path(self._address.removeprefix(SQLITE)).absolute()
        database.parent.mkdir(parents=True, exist_ok=True)
        return database.with_name("mlflow-artifacts").as_uri()


@contextmanager
def _told(address: str) -> Iterator[None]:
    try:
        yield
    except (MlflowException, OSError) as error:
        raise UnavailableError(
            f"MLflow at {address} does not take the run: {error}", "Check DIKTOR_TRACKING_URI, or use --tracking none"
        ) from error
