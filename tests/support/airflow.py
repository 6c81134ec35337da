"""Airflow's REST interface as far as the API asks it, with the form of the real DAG: for pages that need no Airflow."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from deploy.embedded.airflow import PROGRAM
from tests.support.processes import ROOT, free_port

DAG = "rebuild_model"
AT = "2026-11-26T12:00:00Z"
FORM = """
import json
from diktor_dags import form
print(json.dumps({name: param.dump() for name, param in form.rebuild().items()}))
"""


@cache
def form() -> dict[str, Any]:
    """The parameters of `rebuild_model` as Airflow describes them."""
    python = PROGRAM.with_name("python")
    found = subprocess.run([python, "-c", FORM], cwd=ROOT / "dags", check=True, capture_output=True, text=True)
    parameters: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return parameters


class StandIn:
    """What was started in it with which parameters; every run fails at its second task until it is cleared."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.started: list[dict[str, Any]] = []
        self.cleared = False

    def answer(self, method: str, path: str, body: Any) -> Any:
        """JSON for a request; None: there is no such thing."""
        place = path.removeprefix(f"/api/v2/dags/{DAG}")
        match method, place:
            case "POST", "/auth/token":
                return {"access_token": "a-token"}
            case "GET", "/api/v2/dags":
                return {"dags": [{"dag_id": DAG}]}
            case "GET", "/details":
                return {"params": form()}
            case "PATCH", "":
                return {}
            case "POST", "/dagRuns":
                self.started.append(body["conf"])
                return self._run()
            case "GET", "/dagRuns" | "/api/v2/dags/~/dagRuns":
                return {"dag_runs": [self._run()] if self.started else []}
            case "GET", "/dagRuns/manual__1":
                return self._run() if self.started else None
            case "GET", "/dagRuns/manual__1/taskInstances":
                return {"task_instances": [self._task("check", "success"), self._task("fetch", self._state())]}
            case "POST", "/clearTaskInstances":
                self.cleared = True
                return {}
        if "/logs/" in place:
            return {"content": [{"event": "Task failed with exception: the archive is not there"}]}
        return None

    def _state(self) -> str:
        return "running" if self.cleared else "failed"

    def _run(self) -> dict[str, Any]:
        end = None if self.cleared else AT
        shared = {"dag_id": DAG, "dag_run_id": "manual__1", "queued_at": AT, "start_date": AT, "end_date": end}
        return {**shared, "state": self._state()}

    def _task(self, name: str, state: str) -> dict[str, Any]:
        return {"task_id": name, "state": state, "try_number": 1, "start_date": AT, "duration": 2.5}


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """It listens until the block ends."""
    form()  # Airflow is long in coming: not while a page waits for it
    port = free_port()
    served = StandIn(f"http://127.0.0.1:{port}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            found = served.answer(self.command, unquote(urlsplit(self.path).path), body)
            content = json.dumps(found if found is not None else {"detail": "not there"}).encode()
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PATCH = do_GET

        def log_message(self, *_: Any) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
