"""Whether the service lives and what of its parts is away; its metrics."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

from litestar import MediaType, Response, get
from litestar.datastructures import State
from prometheus_client import generate_latest

from diktor.errors import DiktorError, told
from diktor.wire.operations import Health
from services.api.access.guards import PUBLIC
from services.api.parts import Parts
from services.api.sql import Database

PATIENCE_S = 3.0


@get("/health/live", operation_id="operations_live", summary="Alive", tags=["operations"], opt=PUBLIC)
async def live() -> dict[str, str]:
    """Whoever gets this answer need not restart the service."""
    return {"status": "ok"}


@get("/health/ready", operation_id="operations_ready", summary="What is down", tags=["operations"], opt=PUBLIC)
async def ready(state: State) -> Response[Health]:
    """503 when nothing can be served: SQL is away. Without another part the rest is served: `degraded`."""
    database: Database = state.database
    parts: Parts = state.parts
    checks = {
        "sql": database.ping(),
        "clickhouse": parts.ping_clickhouse(),
        "triton": parts.ping_triton(),
        "ingest": parts.ping_ingest(),
        "kafka": parts.ping_kafka(),
    }
    problems = await asyncio.gather(*(_problem(check) for check in checks.values()))
    down = {name: problem for name, problem in zip(checks, problems, strict=True) if problem}
    status: Literal["ready", "degraded", "away"] = "away" if "sql" in down else "degraded" if down else "ready"
    return Response(Health(status=status, down=down), status_code=503 if status == "away" else 200)


@get(
    "/metrics",
    operation_id="operations_metrics",
    summary="Metrics in Prometheus' form",
    tags=["operations"],
    opt=PUBLIC,
    media_type=MediaType.TEXT,
)
async def metrics() -> bytes:
    """What this process counts."""
    return generate_latest()


async def _problem(check: Awaitable[None]) -> str:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await check
    except TimeoutError:
        return f"no answer within {PATIENCE_S:g} s"
    except DiktorError as error:
        return error.cause
    except Exception as error:  # whatever a driver raises, the part does not answer
        return told(error) or type(error).__name__
    return ""
