"""`python -m deploy.embedded.web`: the API and the dashboard under one origin, in one process.

Elsewhere a proxy does this: `/api`, `/health` and `/metrics` go to `services.api`, the rest to `services.dashboard`.
"""

from typing import Any

from diktor import serving
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
    serving.begin("api", settings)
    serving.serve(together(application(settings), asgi(settings)), settings.api, 8300, settings)
