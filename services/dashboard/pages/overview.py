"""What a supervisor sees first."""

from dash.development.base_component import Component

from diktor.wire.accounts import User
from services.dashboard.page import Page, titled
from services.dashboard.words import say


def layout(user: User, **_: str) -> Component:
    """The page."""
    return titled(say("overview.title"))


PAGES = (Page("overview", "/", layout),)
