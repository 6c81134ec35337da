"""`python -m services.ingest`."""

from urllib.parse import urlsplit

import uvicorn

from diktor import logs, traces
from diktor.settings import Settings
from services.ingest.api import application

if __name__ == "__main__":
    settings = Settings.load()
    logs.configure("ingest", settings.log_format)
    traces.begin("ingest", settings)
    port = urlsplit(settings.ingest).port or 8200
    uvicorn.run(
        application(settings),
        host="127.0.0.1",
        port=port,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )
