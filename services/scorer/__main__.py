"""`python -m services.scorer`: one worker."""

import faust

from diktor import logs, traces
from diktor.settings import Settings
from services.scorer.app import build

if __name__ == "__main__":
    settings = Settings.load()
    logs.configure("scorer", settings.log_format)
    traces.begin("scorer", settings)
    worker = faust.Worker(build(settings), override_logging=False, quiet=True)
    worker.spinner = None  # it would write "OK" between the lines
    worker.execute_from_commandline()
