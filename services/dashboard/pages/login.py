"""Logging in: the browser sends login and password to the API itself (`assets/session.js`), which sets the cookies."""

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from diktor.wire.accounts import User
from services.dashboard.page import Page
from services.dashboard.words import say


def form(again: bool = False) -> Component:
    """Login, password, what is wrong."""
    part = "again-" if again else ""
    said = {f"data-{key}": say(f"login.{key}") for key in ("wrong", "often", "away", "other")}
    return html.Form(
        dmc.Stack(
            [
                dmc.TextInput(
                    id=f"{part}login", label=say("login.login"), name="username", autoComplete="username", required=True
                ),
                dmc.PasswordInput(
                    id=f"{part}password",
                    label=say("login.password"),
                    name="password",
                    autoComplete="current-password",
                    required=True,
                ),
                html.Div(role="alert", className="alert"),
                dmc.Button(say("login.enter"), buttonProps={"type": "submit"}),
            ]
        ),
        **{"data-log-in": ""},
        **said,
    )


def layout(user: User | None, **_: str) -> Component:
    """The page."""
    return dmc.Center(
        dmc.Paper(
            dmc.Stack(
                [dmc.Title(say("login.title"), order=1, size="h2"), form(), dmc.Text(say("login.forgotten"), size="sm")]
            ),
            withBorder=True,
            p="xl",
            w=360,
            maw="100%",
        )
    )


PAGES = (Page("login", "/login", layout, role=None, menu=False),)
