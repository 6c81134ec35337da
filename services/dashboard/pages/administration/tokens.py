"""Service tokens: made with a secret that is shown once, and revoked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.wire.accounts import Scope, ServiceToken, User
from services.dashboard.asked import api
from services.dashboard.forms import placed
from services.dashboard.page import empty, skeleton
from services.dashboard.pages.administration import parts
from services.dashboard.words import say

REVOKE = "token-revoke"
DAYS = ("30", "90", "365", "0")


def layout(user: User, **_: str) -> Component:
    """The page."""
    return parts.shown(
        "tokens",
        html.Div(skeleton(200), id="tokens-table"),
        dcc.Store(id="tokens-changed", data=0),
        _form(),
        parts.window(
            "token-sure",
            _said("revoke"),
            dcc.Store(id="token-chosen"),
            dmc.Text(id="token-means"),
            dmc.Button(_said("revoke"), id="token-gone", color="red", w="fit-content"),
        ),
        parts.secret_window(),
        beside=dmc.Button(_said("new"), id="token-new"),
    )


def register(app: Dash) -> None:
    """Its callbacks; those of the secret are registered with the users'."""
    app.callback(Output("tokens-table", "children"), Input("tokens-changed", "data"))(_shown)
    app.callback(
        Output("token-form", "opened"),
        Output("token-name", "value"),
        Output("token-scopes", "value"),
        Output("token-name", "error"),
        Output("token-scopes", "error"),
        Output("token-wrong", "children"),
        Input("token-new", "n_clicks"),
        prevent_initial_call=True,
    )(lambda clicks: (True, "", [], None, None, None))
    app.callback(
        Output("token-form", "opened", allow_duplicate=True),
        Output("tokens-changed", "data", allow_duplicate=True),
        Output("secret", "opened", allow_duplicate=True),
        Output("secret-shown", "children", allow_duplicate=True),
        Output("token-name", "error", allow_duplicate=True),
        Output("token-scopes", "error", allow_duplicate=True),
        Output("token-wrong", "children", allow_duplicate=True),
        Input("token-save", "n_clicks"),
        State("tokens-changed", "data"),
        State("token-name", "value"),
        State("token-scopes", "value"),
        State("token-days", "value"),
        prevent_initial_call=True,
        running=[(Output("token-save", "loading"), True, False)],
    )(_made)
    app.callback(
        Output("token-sure", "opened"),
        Output("token-means", "children"),
        Output("token-chosen", "data"),
        Input({"type": REVOKE, "id": ALL, "name": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )(_asked)
    app.callback(
        Output("token-sure", "opened", allow_duplicate=True),
        Output("tokens-changed", "data", allow_duplicate=True),
        Input("token-gone", "n_clicks"),
        State("token-chosen", "data"),
        State("tokens-changed", "data"),
        prevent_initial_call=True,
    )(_revoked)


def _form() -> Component:
    scopes = [dmc.Checkbox(label=say(f"administration.scope.{scope}"), value=scope.value, mt="xs") for scope in Scope]
    return parts.window(
        "token-form",
        _said("new"),
        dmc.TextInput(
            id="token-name", label=_said("name"), description=_said("name_help"), required=True, autoComplete="off"
        ),
        dmc.CheckboxGroup(scopes, id="token-scopes", label=_said("scopes"), value=[]),
        dmc.Select(
            id="token-days",
            label=_said("expires"),
            data=[{"value": days, "label": _said(f"expires.{days}")} for days in DAYS],
            value="90",
            allowDeselect=False,
        ),
        html.Div(id="token-wrong", role="alert", className="alert"),
        dmc.Button(_said("make"), id="token-save", w="fit-content"),
    )


def _shown(changed: int) -> Component:
    found = list(api().each(api().accounts.list_tokens, limit=500))
    if not found:
        return empty(_said("none"))
    heads = [_said("name"), _said("scopes"), say("administration.state"), _said("until"), _said("used")]
    heads += [say("administration.created"), say("administration.actions")]
    return parts.table(heads, [_row(token) for token in found], width=860)


def _row(token: ServiceToken) -> list[Any]:
    now = datetime.now(UTC)
    if token.revoked_at:
        state = parts.badge(_said("revoked"), False)
    elif token.expires_at and token.expires_at < now:
        state = parts.badge(_said("expired"), False)
    else:
        state = parts.badge(say("administration.active"), True)
    revoke = dmc.Button(
        _said("revoke"),
        id={"type": REVOKE, "id": token.id, "name": token.name},
        variant="default",
        size="compact-sm",
        **{"aria-label": say("administration.token.revoke_what", what=token.name)},
    )
    return [
        dmc.Text(token.name, size="sm", fw=600),
        ", ".join(say(f"administration.scope.{scope}").lower() for scope in token.scopes),
        state,
        parts.moment(token.expires_at, _said("forever")),
        parts.moment(token.used_at, _said("never")),
        parts.moment(token.created_at),
        say("administration.none") if token.revoked_at else revoke,
    ]


def _made(clicks: int | None, changed: int, name: str, scopes: list[str], days: str) -> Any:
    if not scopes:
        return (*[dash.no_update] * 4, None, _said("needs"), None)
    until = datetime.now(UTC) + timedelta(days=int(days)) if days != "0" else None
    try:
        made = api().accounts.create_token(name.strip(), [Scope(scope) for scope in scopes], until)
    except ApiError as error:
        at, rest = placed(error, ("name", "scopes"))
        return (*[dash.no_update] * 4, at.get("name"), at.get("scopes"), rest)
    shown = parts.secret(say("administration.token.of", name=made.token.name), made.secret)
    return False, changed + 1, True, shown, None, None, None


def _asked(clicks: list[int | None]) -> Any:
    chosen = ctx.triggered_id
    if not any(clicks) or not isinstance(chosen, dict):  # the table was made anew
        return dash.no_update
    return True, say("administration.token.revoke_means", name=chosen["name"]), chosen["id"]


def _revoked(clicks: int | None, chosen: str, changed: int) -> Any:
    api().accounts.revoke_token(chosen)
    return False, changed + 1


def _said(key: str) -> str:
    return say(f"administration.token.{key}")
