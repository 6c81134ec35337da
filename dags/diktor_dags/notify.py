"""What a failed run says, and to whom: the log, or a webhook (`DIKTOR_PIPELINE_NOTIFY`)."""

import json
import logging
import urllib.request
from typing import Any

from diktor_dags import surroundings

log = logging.getLogger("diktor.pipeline")


def failed(context: dict[str, Any]) -> None:
    """Airflow calls this once for a run that failed."""
    run = context["dag_run"]
    message = {
        "dag": run.dag_id,
        "run": run.run_id,
        "state": "failed",
        "reason": str(context.get("reason") or ""),
        "folder": str(surroundings.run_folder(run.dag_id, run.run_id)),
    }
    log.error("the pipeline failed: %s", json.dumps(message, ensure_ascii=False))
    if (where := surroundings.notify()) == "log":
        return
    request = urllib.request.Request(
        where, json.dumps(message).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=10):
            pass
    except (OSError, ValueError) as error:
        log.error("nobody could be told at %s: %s", where, error)
