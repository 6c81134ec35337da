"""The form of a user, for a new one and for one that is there."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from diktor.wire.accounts import Role, User
from services.dashboard.pages.administration.parts import window
from services.dashboard.words import say

FIELDS = ("login", "name", "role", "operator_id", "teams", "active")


def form() -> Component:
    """The window with it."""
    roles = [{"value": role.value, "label": say(f"profile.role.{role}")} for role in Role]
    return window(
        "user-form",
        "",
        dcc.Store(id="user-edited"),
        dmc.TextInput(
            id="user-login",
            label=_said("login"),
            description=_said("login_help"),
            required=True,
            autoComplete="off",
        ),
        dmc.TextInput(id="user-name", label=_said("name"), autoComplete="off"),
        dmc.Select(id="user-role", label=_said("role"), data=roles, allowDeselect=False),
        dmc.TextInput(
            id="user-operator_id", label=_said("operator_id"), description=_said("operator_help"), autoComplete="off"
        ),
        dmc.MultiSelect(id="user-teams", label=_said("teams"), data=[], searchable=True, clearable=True),
        dmc.Stack(
            [
                dmc.Switch(id="user-active", label=_said("active"), description=_said("active_help")),
                dmc.Group(
                    [
                        dmc.Button(_said("reset"), id="user-reset", variant="default", size="xs"),
                        dmc.Text(_said("reset_means"), size="xs", c="dimmed", maw=240),
                    ],
                    wrap="nowrap",
                ),
            ],
            id="user-only-old",
        ),
        dmc.Text(_said("password_made"), size="sm", c="dimmed", id="user-only-new"),
        html.Div(id="user-wrong", role="alert", className="alert"),
        dmc.Button(say("administration.save"), id="user-save", w="fit-content"),
    )


def filled(user: User | None) -> list[Any]:
    """Values of the fields; None: of a new user."""
    if user is None:
        return ["", "", Role.operator.value, "", [], True]
    return [user.login, user.name, user.role.value, user.operator_id or "", user.teams, user.active]


def _said(key: str) -> str:
    return say(f"administration.user.{key}")
