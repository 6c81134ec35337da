"""`python -m services.ingest`."""

from diktor import serving
from diktor.settings import Settings
from services.ingest.api import application

if __name__ == "__main__":
    settings = Settings.load()
    serving.begin("ingest", settings)
    serving.serve(application(settings), settings.ingest, 8200, settings)
