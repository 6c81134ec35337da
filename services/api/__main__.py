"""`python -m services.api`."""

from diktor import serving
from diktor.settings import Settings
from services.api.app import application

if __name__ == "__main__":
    settings = Settings.load()
    serving.begin("api", settings)
    serving.serve(application(settings), settings.api, 8300, settings)
