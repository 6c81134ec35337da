"""`python -m services.api`."""

from diktor.settings import Settings
from services.api.app import application
from services.api.serving import serve

if __name__ == "__main__":
    settings = Settings.load()
    serve(application(settings), settings)
