"""Teams: made, named, switched off."""

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.wire.accounts import ChangeTeam, Team, User
from services.dashboard.asked import api
from services.dashboard.forms import placed
from services.dashboard.page import empty, skeleton
from services.dashboard.pages.administration import parts
from services.dashboard.words import say

CHANGE = "team-change"


def layout(user: User, **_: str) -> Component:
    """The page."""
    return parts.shown(
        "teams",
        html.Div(skeleton(200), id="teams-table"),
        dcc.Store(id="teams-changed", data=0),
        _form(),
        beside=dmc.Button(_said("new"), id="team-new"),
    )


def register(app: Dash) -> None:
    """Its callbacks."""
    app.callback(Output("teams-table", "children"), Input("teams-changed", "data"))(_shown)
    app.callback(
        Output("team-form", "opened"),
        Output("team-form", "title"),
        Output("team-edited", "data"),
        Output("team-id", "value"),
        Output("team-id", "disabled"),
        Output("team-title", "value"),
        Output("team-active", "checked"),
        Output("team-active", "display"),
        Output("team-id", "error"),
        Output("team-wrong", "children"),
        Input("team-new", "n_clicks"),
        Input({"type": CHANGE, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )(_opened)
    app.callback(
        Output("team-form", "opened", allow_duplicate=True),
        Output("teams-changed", "data", allow_duplicate=True),
        Output("team-id", "error", allow_duplicate=True),
        Output("team-wrong", "children", allow_duplicate=True),
        Input("team-save", "n_clicks"),
        State("team-edited", "data"),
        State("teams-changed", "data"),
        State("team-id", "value"),
        State("team-title", "value"),
        State("team-active", "checked"),
        prevent_initial_call=True,
        running=[(Output("team-save", "loading"), True, False)],
    )(_saved)


def _form() -> Component:
    return parts.window(
        "team-form",
        "",
        dcc.Store(id="team-edited"),
        dmc.TextInput(id="team-id", label=_said("id"), description=_said("id_help"), required=True, autoComplete="off"),
        dmc.TextInput(id="team-title", label=_said("name"), autoComplete="off"),
        dmc.Switch(id="team-active", label=_said("active"), description=_said("active_help")),
        html.Div(id="team-wrong", role="alert", className="alert"),
        dmc.Button(say("administration.save"), id="team-save", w="fit-content"),
    )


def _all() -> list[Team]:
    return list(api().each(api().accounts.list_teams, limit=500))


def _shown(changed: int) -> Component:
    found = _all()
    if not found:
        return empty(_said("none"))
    heads = [_said("id"), _said("name")] + [say(f"administration.{name}") for name in ("state", "created", "actions")]
    return parts.table(heads, [_row(team) for team in found], width=560)


def _row(team: Team) -> list[Any]:
    return [
        dmc.Anchor(team.id, href=f"/operators?team={team.id}", size="sm", fw=600),
        team.title or say("administration.none"),
        parts.badge(say(f"administration.{'active' if team.active else 'inactive'}"), team.active),
        parts.moment(team.created_at),
        dmc.Button(
            say("administration.change"),
            id={"type": CHANGE, "id": team.id},
            variant="default",
            size="compact-sm",
            **{"aria-label": say("administration.change_what", what=team.id)},
        ),
    ]


def _opened(new: int | None, changes: list[int | None]) -> Any:
    chosen = ctx.triggered_id
    if not ctx.triggered or not ctx.triggered[0]["value"]:  # the table was made anew
        return dash.no_update
    if not isinstance(chosen, dict):
        return True, _said("new"), None, "", False, "", True, "none", None, None
    team = next(team for team in _all() if team.id == chosen["id"])
    title = say("administration.team.one", team=team.id)
    return True, title, team.id, team.id, True, team.title, team.active, "block", None, None


def _saved(save: int | None, edited: str | None, changed: int, id_: str, title: str, active: bool) -> Any:
    try:
        if edited:
            api().accounts.change_team(edited, ChangeTeam(title=title, active=active))
        else:
            api().accounts.create_team(id_.strip(), title)
    except ApiError as error:
        at, rest = placed(error, ("id",))
        if error.status == 409:
            at, rest = {"id": rest}, ""
        return dash.no_update, dash.no_update, at.get("id"), rest
    return False, changed + 1, None, None


def _said(key: str) -> str:
    return say(f"administration.team.{key}")
