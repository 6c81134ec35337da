"""`python -m services.dashboard`: the dashboard alone, for a proxy that sends `/api` to the API and the rest here."""

from diktor import serving
from diktor.settings import Settings
from services.dashboard.asgi import asgi

if __name__ == "__main__":
    settings = Settings.load()
    serving.begin("dashboard", settings)
    serving.serve(asgi(settings), settings.dashboard, 8400, settings)
