"""`python -m services.api`."""

from urllib.parse import urlsplit

import uvicorn

from diktor import logs, traces
from diktor.settings import Settings
from services.api.app import application

if __name__ == "__main__":
    settings = Settings.load()
    logs.configure("api", settings.log_format)
    traces.begin("api", settings)
    uvicorn.run(
        application(settings),
        host="127.0.0.1",
        port=urlsplit(settings.api).port or 8300,
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=bool(settings.api_proxies),
        forwarded_allow_ips=settings.api_proxies,
        timeout_graceful_shutdown=5,
    )
