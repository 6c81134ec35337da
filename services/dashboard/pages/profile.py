"""One's own account: who one is, how it looks, a new password, the end of sessions."""

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, html
from dash.development.base_component import Component

from diktor.wire.accounts import User
from services.dashboard.asked import LANGUAGES, language, theme
from services.dashboard.page import Page, card, titled
from services.dashboard.words import say

NAMES = {"ru": "Русский", "en": "English"}


def layout(user: User, **_: str) -> Component:
    """The page."""
    return titled(
        say("profile.title"),
        dmc.SimpleGrid([_who(user), _look(), _password(), _sessions()], cols={"base": 1, "md": 2}),
    )


def register(app: Dash) -> None:
    """Language and colours are kept by the browser (`assets/profile.js`)."""
    for name, output, control in (
        ("language", Output("profile-language", "id"), "profile-language"),
        ("theme", Output("theme", "data", allow_duplicate=True), "profile-theme"),
    ):
        app.clientside_callback(
            ClientsideFunction("profile", name), output, Input(control, "value"), prevent_initial_call=True
        )


def _who(user: User) -> Component:
    facts = (
        (say("profile.name"), user.name or say("profile.nothing")),
        (say("profile.login"), user.login),
        (say("profile.role"), say(f"profile.role.{user.role}")),
        (say("profile.operator"), user.operator_id or say("profile.nothing")),
        (say("profile.teams"), ", ".join(user.teams) or say("profile.nothing")),
    )
    pairs = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts]
    return card(
        say("profile.who"),
        html.Dl(pairs, className="pairs"),
        dmc.Text(say(f"profile.sees.{user.role}"), size="sm", c="dimmed"),
    )


def _look() -> Component:
    return card(
        say("profile.look"),
        _choice("profile-language", say("profile.language"), [(code, NAMES[code]) for code in LANGUAGES], language()),
        _choice(
            "profile-theme",
            say("profile.theme"),
            [("light", say("profile.light")), ("dark", say("profile.dark"))],
            theme(),
        ),
    )


def _choice(id_: str, label: str, choices: list[tuple[str, str]], value: str) -> Component:
    data = [{"value": key, "label": text} for key, text in choices]
    named: dict[str, Any] = {"aria-label": label}
    return dmc.Stack(
        [dmc.Text(label, size="sm", fw=500), dmc.SegmentedControl(id=id_, data=data, value=value, **named)],
        gap=4,
        align="flex-start",
    )


def _password() -> Component:
    keys = ("changed", "differ", "wrong", "weak", "often", "away", "other")
    said = {f"data-{key}": say(f"profile.{key}") for key in keys}
    fields = [
        _secret("current", "current-password"),
        _secret("new", "new-password", description=say("profile.new_help")),
        _secret("repeat", "new-password"),
    ]
    return card(
        say("profile.password"),
        html.Form(
            dmc.Stack(
                [
                    *fields,
                    dmc.Text(say("profile.change_means"), size="sm", c="dimmed"),
                    html.Div([html.Div(role="alert", className="alert"), html.Div(role="status")]),
                    dmc.Button(say("profile.change"), buttonProps={"type": "submit"}, w="fit-content"),
                ]
            ),
            **{"data-change-password": ""},
            **said,
        ),
    )


def _secret(name: str, kind: str, **more: str) -> Component:
    return dmc.PasswordInput(
        id=f"profile-{name}", label=say(f"profile.{name}"), name=name, autoComplete=kind, required=True, **more
    )


def _sessions() -> Component:
    return card(
        say("profile.sessions"),
        dmc.Group(
            [
                dmc.Button(say("profile.log_out"), variant="default", **{"data-log-out": "here"}),
                dmc.Button(say("profile.everywhere"), variant="light", color="red", **{"data-log-out": "everywhere"}),
            ]
        ),
        dmc.Text(say("profile.everywhere_means"), size="sm", c="dimmed"),
    )


PAGES = (Page("profile", "/profile", layout, register),)
