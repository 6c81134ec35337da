"""`python -m services.scorer`: one worker."""

import faust

from diktor.settings import Settings
from services.scorer.app import build

if __name__ == "__main__":
    app = build(Settings.load())
    faust.Worker(app, loglevel="info").execute_from_commandline()
