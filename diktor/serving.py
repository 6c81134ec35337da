"""The web server around a service: one process on loopback, behind a proxy where others are to reach it."""

from typing import Any
from urllib.parse import urlsplit

import uvicorn

from diktor import logs, traces
from diktor.settings import Settings


def begin(part: str, settings: Settings) -> None:
    """What comes before a service is made: its log, its traces."""
    logs.configure(part, settings.log_format)
    traces.begin(part, settings)


def serve(app: Any, address: str, port: int, settings: Settings) -> None:
    """Until a signal ends it, at the port of its address, else at `port`; what is under way has five seconds then."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=urlsplit(address).port or port,
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=bool(settings.api_proxies),
        forwarded_allow_ips=settings.api_proxies,
        timeout_graceful_shutdown=5,
    )
