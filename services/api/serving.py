"""The web server around the API: one process on loopback, behind a proxy where others are to reach it."""

from typing import Any
from urllib.parse import urlsplit

import uvicorn

from diktor import logs, traces
from diktor.settings import Settings


def serve(app: Any, settings: Settings) -> None:
    """Until a signal ends it; requests under way have five seconds then."""
    logs.configure("api", settings.log_format)
    traces.begin("api", settings)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=urlsplit(settings.api).port or 8300,
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=bool(settings.api_proxies),
        forwarded_allow_ips=settings.api_proxies,
        timeout_graceful_shutdown=5,
    )
