"""`python -m services.dashboard`: the dashboard alone, for a proxy that sends `/api` to the API and the rest here."""

from urllib.parse import urlsplit

import uvicorn

from diktor import logs, traces
from diktor.settings import Settings
from services.dashboard.asgi import asgi

if __name__ == "__main__":
    settings = Settings.load()
    logs.configure("dashboard", settings.log_format)
    traces.begin("dashboard", settings)
    port = urlsplit(settings.dashboard).port or 8400
    uvicorn.run(
        asgi(settings),
        host="127.0.0.1",
        port=port,
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=bool(settings.api_proxies),
        forwarded_allow_ips=settings.api_proxies,
    )
