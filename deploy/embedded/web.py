"""`python -m deploy.embedded.web`: the API and the dashboard under one origin, in one process.

Elsewhere a proxy does this: `/api`, `/health` and `/metrics` go to `services.api`, the rest to `services.dashboard`.
"""

from typing import Any
from urllib.parse import urlsplit

import uvicorn

from diktor import logs, traces
from diktor.settings import Settings
from services.api.app import application
from services.dashboard.asgi import asgi

API = ("/api", "/health", "/metrics")


def together(api: Any, pages: Any) -> Any:
    """Both under one origin; the API's lifespan is that of the whole."""

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        to_api = scope["type"] != "http" or any(path == start or path.startswith(f"{start}/") for start in API)
        await (api if to_api else pages)(scope, receive, send)

    return dispatch


if __name__ == "__main__":
    settings = Settings.load()
    logs.configure("api", settings.log_format)
    traces.begin("api", settings)
    uvicorn.run(
        together(application(settings), asgi(settings)),
        host="127.0.0.1",
        port=urlsplit(settings.api).port or 8300,
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=bool(settings.api_proxies),
        forwarded_allow_ips=settings.api_proxies,
        timeout_graceful_shutdown=5,
    )
