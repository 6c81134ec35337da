"""`python -m services.ingest`."""

import logging
from urllib.parse import urlsplit

import uvicorn

from diktor.settings import Settings
from services.ingest.api import application

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = Settings.load()
    port = urlsplit(settings.ingest).port or 8200
    uvicorn.run(application(settings), host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=5)
