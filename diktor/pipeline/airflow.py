"""Airflow's REST interface (API v2), as far as running the pipeline and watching it needs it.

Airflow answers with many fields; those that are read here are named in the types.
"""

import json
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import msgspec

from diktor.errors import PipelineError, UnavailableError
from diktor.settings import AIRFLOW_PASSWORDS, Settings

OVER = ("success", "failed")
"""States of a run that is over."""


class Run(msgspec.Struct, frozen=True):
    """A run of a DAG."""

    dag_id: str
    dag_run_id: str
    state: str
    queued_at: str | None = None
    start_date: str | None = None
    end_date: str | None = None


class TaskInstance(msgspec.Struct, frozen=True):
    """A task of a run, or one part of a mapped one. `state` is None while nothing was decided."""

    task_id: str
    map_index: int = -1
    state: str | None = None
    try_number: int = 0
    start_date: str | None = None
    end_date: str | None = None
    duration: float | None = None

    @property
    def name(self) -> str:
        """With the part's number, if it is one."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"


class UnknownError(PipelineError):
    """Neither token nor password is taken."""


class NotThereError(PipelineError):
    """Airflow has no such DAG, run or task."""


class Airflow:
    """A session with one Airflow.

    Every method raises `UnavailableError` while it does not answer, `PipelineError` when it refuses.
    """

    def __init__(self, settings: Settings, timeout_s: float = 30.0) -> None:
        self._settings = settings
        self._http = httpx.Client(base_url=settings.airflow, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def health(self) -> dict[str, str | None]:
        """Of each component that Airflow watches, `healthy` or what else it is."""
        return {name: part.get("status") for name, part in self._send("GET", "/api/v2/monitor/health").items()}

    def serves_tasks(self) -> bool:
        """Whether the interface that tasks use answers. It is built when it is first asked for, which takes a while."""
        return bool(self._send("GET", "/execution/health"))

    def dags(self) -> list[str]:
        """Names of the DAGs that are known by now."""
        return [str(item["dag_id"]) for item in self._ask("GET", "/api/v2/dags?limit=100&tags=diktor")["dags"]]

    def import_errors(self) -> dict[str, str]:
        """DAG files that could not be read, and why."""
        found = self._ask("GET", "/api/v2/importErrors")["import_errors"]
        return {str(item["filename"]): str(item["stack_trace"]) for item in found}

    def form(self, dag: str) -> dict[str, Any]:
        """A DAG's parameters: by name the default `value`, `description` and `schema`."""
        return dict(self._ask("GET", f"{_dag(dag)}/details")["params"])

    def trigger(self, dag: str, params: dict[str, Any]) -> Run:
        """Start a run; a DAG that is paused is switched on."""
        self._ask("PATCH", _dag(dag), {"is_paused": False})
        return msgspec.convert(self._ask("POST", f"{_dag(dag)}/dagRuns", {"logical_date": None, "conf": params}), Run)

    def run(self, dag: str, run: str) -> Run:
        """A run as it is now."""
        return msgspec.convert(self._ask("GET", _run(dag, run)), Run)

    def runs(self, dag: str = "~", last: int = 20, offset: int = 0) -> list[Run]:
        """The latest runs but the first `offset`, of all DAGs by default, the newest first."""
        found = self._ask("GET", f"{_dag(dag)}/dagRuns?limit={last}&offset={offset}&order_by=-run_after")
        return msgspec.convert(found["dag_runs"], list[Run])

    def tasks(self, run: Run) -> list[TaskInstance]:
        """The tasks of a run, in no order."""
        found = self._ask("GET", f"{_run(run.dag_id, run.dag_run_id)}/taskInstances?limit=1000")
        return msgspec.convert(found["task_instances"], list[TaskInstance])

    def result(self, run: Run, task: str) -> Any:
        """What a task returned."""
        path = f"{_run(run.dag_id, run.dag_run_id)}/taskInstances/{task}/xcomEntries/return_value"
        value = self._ask("GET", path)["value"]
        return json.loads(value) if isinstance(value, str) and value[:1] in '{["' else value

    def log(self, run: Run, task: TaskInstance) -> list[str]:
        """The lines that the latest attempt of a task wrote."""
        found = self._ask(
            "GET",
            f"{_run(run.dag_id, run.dag_run_id)}/taskInstances/{task.task_id}/logs/{task.try_number}"
            f"?map_index={task.map_index}",
        )
        return [text for line in found["content"] if (text := _text(line))]

    def clear(self, run: Run, tasks: list[str]) -> None:
        """Have tasks of a run done again, with everything that comes after them."""
        body = {
            "dry_run": False,
            "dag_run_id": run.dag_run_id,
            "task_ids": tasks,
            "only_failed": False,
            "reset_dag_runs": True,
            "include_downstream": True,
        }
        self._ask("POST", f"{_dag(run.dag_id)}/clearTaskInstances", body)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        if "Authorization" not in self._http.headers:
            self._log_in()
        try:
            return self._send(method, path, body)
        except UnknownError:  # a token lasts for a day, and a run may take longer
            self._log_in()
            return self._send(method, path, body)

    def _log_in(self) -> None:
        self._http.headers.pop("Authorization", None)
        login = {"username": self._settings.airflow_user, "password": self._password()}
        token = self._send("POST", "/auth/token", login)["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def _password(self) -> str:
        if given := self._settings.airflow_password.get_secret_value():
            return given
        try:
            known = json.loads((self._settings.home / AIRFLOW_PASSWORDS).read_text())
            return str(known[self._settings.airflow_user])
        except (OSError, ValueError, KeyError) as error:
            raise UnavailableError(
                f"the password of {self._settings.airflow_user} for Airflow is not known",
                "Set DIKTOR_AIRFLOW_PASSWORD, or start it here: diktor up --with-airflow",
            ) from error

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise UnavailableError(
                f"Airflow does not answer at {self._settings.airflow}: {error!r}",
                "Start it: diktor up --with-airflow; or name another: DIKTOR_AIRFLOW",
            ) from error
        if answer.status_code >= 500:
            raise UnavailableError(
                f"Airflow fails: {answer.status_code} for {path}", "Look at its log: airflow-api.log"
            )
        if answer.status_code in (401, 403):
            raise UnknownError(f"Airflow does not let us in: {_detail(answer)}", _PASSWORD)
        if answer.status_code == 404:
            raise NotThereError(f"Airflow refuses: {_detail(answer)}", "See what there is: diktor pipeline status")
        if answer.is_error:
            raise PipelineError(f"Airflow refuses: {_detail(answer)}")
        return answer.json() if answer.content else {}


_PASSWORD = "Is the password right? DIKTOR_AIRFLOW_USER, DIKTOR_AIRFLOW_PASSWORD"


def _dag(dag: str) -> str:
    """Its path. Names come from outside: none of them becomes a query or another path."""
    return f"/api/v2/dags/{quote(dag, safe='~')}"


def _run(dag: str, run: str) -> str:
    return f"{_dag(dag)}/dagRuns/{quote(run, safe='')}"


def _detail(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:300]}"
    return detail if isinstance(detail, str) else json.dumps(detail, ensure_ascii=False)


def _text(line: Any) -> str:
    if not isinstance(line, dict):
        return str(line)
    errors = [f"{item['exc_type']}: {item['exc_value']}" for item in line.get("error_detail") or []]
    return ": ".join([str(line.get("event", "")), *errors[-1:]])
