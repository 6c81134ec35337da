"""What one sees first: today against the usual, who needs attention, what goes on. Operators see their own calls."""

from collections.abc import Callable

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from diktor.wire.accounts import Role, User
from services.dashboard.page import Page, card, skeleton, titled
from services.dashboard.pages.overview import attention, health, now, today, trend
from services.dashboard.words import say

EVERY_MS = 60_000
"""How often figures are asked for again."""


def layout(user: User, **_: str) -> Component:
    """The page."""
    alone = user.role is Role.operator
    parts = [
        dcc.Interval(id="overview-again", interval=EVERY_MS),
        html.Div(skeleton(120), id="overview-today", **{"aria-live": "off"}),
        trend.part(),
    ]
    if not alone:
        side = dmc.Stack(
            [now.part(), card(say("overview.health"), html.Div(skeleton(32), id="overview-health"))], gap="md"
        )
        attended = card(say("overview.attention"), html.Div(skeleton(240), id="overview-attention"))
        parts.append(
            dmc.Grid(
                [dmc.GridCol(attended, span={"base": 12, "lg": 8}), dmc.GridCol(side, span={"base": 12, "lg": 4})],
                gutter="md",
            )
        )
    return titled(say("overview.mine" if alone else "overview.title"), *parts)


def register(app: Dash) -> None:
    """Callbacks."""
    trend.register(app)
    now.register(app)
    shown: tuple[tuple[str, Callable[..., object]], ...] = (
        ("overview-today", today.shown),
        ("overview-health", health.shown),
        ("overview-attention", attention.shown),
    )
    for name, show in shown:
        app.callback(Output(name, "children"), Input(name, "id"), Input("overview-again", "n_intervals"))(show)


PAGES = (Page("overview", "/", layout, register=register),)
