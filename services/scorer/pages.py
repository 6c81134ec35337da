"""The scorer's own web pages: whether it works, and what it counts."""

import os
from typing import Any

import faust
from prometheus_client import generate_latest

from diktor.metrics import LAG, OPEN_CALLS, UNREAD, WAITING
from services.scorer.worker import Worker


def add_pages(app: faust.App, workers: list[Worker]) -> None:
    """`/health` (503 until connected and when halted) and `/metrics`; `workers` holds the running worker, if any."""

    @app.page("/health")
    async def health(view: Any, request: Any) -> Any:
        worker = workers[0] if workers else None
        ready = worker is not None and not worker.halt.reason
        state = {
            "ready": ready,
            "halted": worker.halt.reason if worker else "",
            "pid": os.getpid(),
            "release": worker.parts.releases.active if worker else 0,
            "partitions": sorted(worker.partitions) if worker else [],
            "calls": sum(map(len, worker.partitions.values())) if worker else 0,
            "unacknowledged": sum(p.unacknowledged for p in worker.partitions.values()) if worker else 0,
        }
        return view.json(state, status=200 if ready else 503)

    @app.page("/metrics")
    async def metrics(view: Any, request: Any) -> Any:
        for worker in workers:
            count(worker)
        return view.bytes(generate_latest(), content_type="text/plain")


def count(worker: Worker) -> None:
    """Set what is told by looking, not by counting."""
    WAITING.set(worker.parts.waiting.used)
    UNREAD.set(worker.unread_bytes)
    LAG.clear()
    OPEN_CALLS.clear()
    for number, partition in worker.partitions.items():
        LAG.labels(str(number)).set(partition.lag_s)
        for release in partition.releases:
            OPEN_CALLS.labels(str(release)).inc()
