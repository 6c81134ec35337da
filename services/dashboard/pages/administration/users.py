"""Users: found, made with a password that is shown once, changed, deactivated."""

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.wire.accounts import ChangeUser, Role, User
from services.dashboard.asked import api
from services.dashboard.forms import placed
from services.dashboard.page import empty, skeleton
from services.dashboard.pages.administration import parts
from services.dashboard.pages.administration.user_form import FIELDS, filled, form
from services.dashboard.words import say

STEP, MOST = 50, 500
"""How many are shown at first and more each time; beyond the most of a page of the API one searches."""
CHANGE = "user-change"
VALUES = [f"user-{name}" for name in FIELDS]


def layout(user: User, search: str = "", **_: str) -> Component:
    """The page."""
    roles = [{"value": role.value, "label": say(f"profile.role.{role}")} for role in Role]
    filters = dmc.Group(
        [
            dmc.TextInput(
                id="users-search",
                value=search,
                label=say("administration.user.search"),
                placeholder=say("administration.user.search_help"),
                debounce=300,
                w=260,
            ),
            dmc.Select(
                id="users-role",
                data=roles,
                clearable=True,
                label=say("administration.user.role"),
                placeholder=say("administration.user.every_role"),
                w=180,
            ),
            dmc.Switch(id="users-inactive", label=say("administration.user.inactive_too"), checked=False, mb=8),
        ],
        align="flex-end",
    )
    return parts.shown(
        "users",
        filters,
        html.Div(skeleton(240), id="users-table"),
        dmc.Button(say("administration.more"), id="users-more", variant="default", w="fit-content", display="none"),
        dcc.Store(id="users-changed", data=0),
        form(),
        parts.secret_window(),
        beside=dmc.Button(say("administration.user.new"), id="user-new"),
    )


def register(app: Dash) -> None:
    """Its callbacks."""
    parts.register_secret(app)
    app.callback(
        Output("users-table", "children"),
        Output("users-more", "display"),
        Input("users-search", "value"),
        Input("users-role", "value"),
        Input("users-inactive", "checked"),
        Input("users-more", "n_clicks"),
        Input("users-changed", "data"),
    )(_shown)
    app.callback(
        Output("user-form", "opened"),
        Output("user-form", "title"),
        Output("user-edited", "data"),
        Output("user-only-new", "display"),
        Output("user-only-old", "display"),
        Output("user-teams", "data"),
        Output("user-login", "disabled"),
        *(Output(field, "error") for field in VALUES),
        Output("user-wrong", "children"),
        *(Output(field, "checked" if field == "user-active" else "value") for field in VALUES),
        Input("user-new", "n_clicks"),
        Input({"type": CHANGE, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )(_opened)
    app.callback(
        Output("user-form", "opened", allow_duplicate=True),
        Output("users-changed", "data", allow_duplicate=True),
        Output("secret", "opened", allow_duplicate=True),
        Output("secret-shown", "children", allow_duplicate=True),
        *(Output(field, "error", allow_duplicate=True) for field in VALUES),
        Output("user-wrong", "children", allow_duplicate=True),
        Input("user-save", "n_clicks"),
        Input("user-reset", "n_clicks"),
        State("user-edited", "data"),
        State("users-changed", "data"),
        *(State(field, "checked" if field == "user-active" else "value") for field in VALUES),
        prevent_initial_call=True,
        running=[(Output("user-save", "loading"), True, False), (Output("user-reset", "loading"), True, False)],
    )(_saved)


def _shown(search: str | None, role: str | None, inactive: bool, more: int | None, changed: int) -> tuple[Any, str]:
    limit = min(MOST, STEP * (1 + (more or 0)))
    page = api().accounts.list_users(
        search=(search or "").strip() or None,
        role=Role(role) if role else None,
        active=None if inactive else True,
        limit=limit,
    )
    if not page.items:
        return empty(say("administration.user.nobody")), "none"
    names = ("login", "name", "role", "operator_id", "teams")
    heads = [say(f"administration.user.{name}") for name in names]
    heads += [say(f"administration.{name}") for name in ("state", "created", "actions")]
    count = dmc.Text(say("administration.user.shown", n=len(page.items)), size="sm", c="dimmed")
    table = parts.table(heads, [_row(user) for user in page.items], width=860)
    return [table, count], "block" if page.next and limit < MOST else "none"


def _row(user: User) -> list[Any]:
    none = say("administration.none")
    return [
        dmc.Text(user.login, size="sm", fw=600),
        user.name or none,
        say(f"profile.role.{user.role}"),
        user.operator_id or none,
        ", ".join(user.teams) or none,
        parts.badge(say(f"administration.{'active' if user.active else 'inactive'}"), user.active),
        parts.moment(user.created_at),
        dmc.Button(
            say("administration.change"),
            id={"type": CHANGE, "id": user.id},
            variant="default",
            size="compact-sm",
            **{"aria-label": say("administration.change_what", what=user.login)},
        ),
    ]


def _opened(new: int | None, changes: list[int | None]) -> Any:
    chosen = ctx.triggered_id
    if not ctx.triggered or not ctx.triggered[0]["value"]:  # the table was made anew
        return dash.no_update
    user = api().accounts.get_user(chosen["id"]) if isinstance(chosen, dict) else None
    title = say("administration.user.one", login=user.login) if user else say("administration.user.new")
    teams = [team.id for team in api().accounts.list_teams(limit=500).items]
    shown = ("none", "flex") if user else ("flex", "none")
    return (True, title, user.id if user else None, *shown, teams, user is not None, *[None] * 6, None, *filled(user))


def _saved(
    save: int | None,
    reset: int | None,
    edited: str | None,
    changed: int,
    login: str,
    name: str,
    role: str,
    operator_id: str,
    teams: list[str],
    active: bool,
) -> Any:
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        return dash.no_update
    accounts, secret = api().accounts, None
    operator = (operator_id or "").strip() or None
    try:
        if ctx.triggered_id == "user-reset" and edited:
            secret = accounts.reset_password(edited).password
        elif edited:
            change = ChangeUser(name=name, role=Role(role), operator_id=operator, teams=teams, active=active)
            accounts.change_user(edited, change)
        else:
            made = accounts.create_user(login.strip(), Role(role), name=name, operator_id=operator, teams=teams)
            secret = made.password
    except ApiError as error:
        at, rest = placed(error, FIELDS)
        if error.status == 409 and not edited:
            at, rest = {"login": rest}, ""
        return (*[dash.no_update] * 4, *(at.get(field) for field in FIELDS), rest)
    shown = parts.secret(say("administration.user.password_of", login=login), secret) if secret else dash.no_update
    return (False, changed + 1, bool(secret), shown, *[None] * 6, None)
