"""Every page of the dashboard, a line each, in the order of the menu."""

from services.dashboard.page import Page
from services.dashboard.pages import (
    administration,
    calls,
    login,
    models,
    operators,
    overview,
    profile,
    progress,
    training,
    upload,
)

PAGES: tuple[Page, ...] = (
    *overview.PAGES,
    *calls.PAGES,
    *operators.PAGES,
    *upload.PAGES,
    *training.PAGES,
    *progress.PAGES,
    *models.PAGES,
    *administration.PAGES,
    *profile.PAGES,
    *login.PAGES,
)
