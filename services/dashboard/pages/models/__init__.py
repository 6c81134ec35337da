"""Models: releases and what serves, one release, two of them compared, rebuilding."""

from diktor.wire.accounts import Role
from services.dashboard.page import Page
from services.dashboard.pages.models import comparison, listed, rebuild, release, run
from services.dashboard.pages.models.parts import HOME

LOOKING = Role.supervisor

PAGES = (
    Page("models", HOME, listed.layout, listed.register, LOOKING),
    Page("models.release", f"{HOME}/releases/<number>", release.layout, release.register, LOOKING, menu=False),
    Page("models.comparison", f"{HOME}/comparison", comparison.layout, comparison.register, LOOKING, menu=False),
    Page("models.rebuild", f"{HOME}/rebuild", rebuild.layout, rebuild.register, LOOKING, menu=False),
    Page("models.run", f"{HOME}/runs/<pipeline>/<run_id>", run.layout, run.register, LOOKING, menu=False),
)
