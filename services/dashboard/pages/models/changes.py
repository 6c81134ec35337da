"""Changing what serves: a window says what will happen before it does, and what the API refuses is said in it."""

from typing import Any, TypedDict

import dash
import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.wire.models import Action
from services.dashboard.asked import api
from services.dashboard.forms import placed
from services.dashboard.problems import tell
from services.dashboard.words import say

BUTTON = "models-do"
SHARE = 10
"""Percent of the calls that a trial begins with, unless somebody says otherwise."""


class Chosen(TypedDict):
    """What somebody is about to do."""

    action: str
    number: int


def button(action: Action, number: int, active: int, small: bool = False) -> Component:
    """Asks whether one is sure."""
    main = action is Action.activate
    return dmc.Button(
        say(f"models.{action}"),
        id={"type": BUTTON, "action": action.value, "number": number, "active": active, "small": int(small)},
        variant="light" if main else "default",
        size="compact-sm" if small else "sm",
        **{"aria-label": say("models.action_what", action=say(f"models.{action}"), number=number)},
    )


def window() -> Component:
    """The window, closed at first."""
    return dmc.Modal(
        dmc.Stack(
            [
                dcc.Store(id="models-chosen"),
                dmc.Text(id="models-means"),
                dmc.NumberInput(
                    id="models-share",
                    label=say("models.share"),
                    value=SHARE,
                    min=1,
                    max=100,
                    clampBehavior="none",
                    w=180,
                ),
                html.Div(id="models-wrong", role="alert", className="alert"),
                dmc.Group(
                    [
                        dmc.Button(id="models-yes"),
                        dmc.Button(say("models.cancel"), id="models-no", variant="default"),
                    ]
                ),
            ]
        ),
        id="models-sure",
        opened=False,
        keepMounted=True,
        closeButtonProps={"aria-label": say("models.cancel")},
    )


def register(app: Dash) -> None:
    """The window's callbacks; `models-changed` hears of what was begun."""
    app.callback(
        Output("models-sure", "opened"),
        Output("models-sure", "title"),
        Output("models-means", "children"),
        Output("models-yes", "children"),
        Output("models-share", "display"),
        Output("models-share", "error"),
        Output("models-wrong", "children"),
        Output("models-chosen", "data"),
        Input({"type": BUTTON, "action": ALL, "number": ALL, "active": ALL, "small": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )(_asked)
    app.callback(
        Output("models-sure", "opened", allow_duplicate=True),
        Input("models-no", "n_clicks"),
        prevent_initial_call=True,
    )(lambda clicks: False)
    app.callback(
        Output("models-sure", "opened", allow_duplicate=True),
        Output("models-changed", "data"),
        Output("models-share", "error", allow_duplicate=True),
        Output("models-wrong", "children", allow_duplicate=True),
        Input("models-yes", "n_clicks"),
        State("models-chosen", "data"),
        State("models-share", "value"),
        State("models-changed", "data"),
        prevent_initial_call=True,
        running=[(Output("models-yes", "loading"), True, False)],
    )(_begun)


def _asked(clicks: list[int | None]) -> Any:
    chosen = ctx.triggered_id
    if not ctx.triggered or not ctx.triggered[0]["value"] or not isinstance(chosen, dict):  # the table was made anew
        return dash.no_update
    action, number = chosen["action"], chosen["number"]
    name = say(f"models.{action}")
    means = say(f"models.sure_{action}", number=number, active=chosen["active"] or say("models.none"))
    title = say("models.action_what", action=name, number=number)
    yes = say("models.confirm", action=name.lower())
    shown = "block" if action == Action.shadow else "none"
    return True, title, means, yes, shown, None, None, Chosen(action=action, number=number)


def _begun(clicks: int | None, chosen: Chosen, share: Any, changed: int) -> Any:
    try:
        if not _begin(Action(chosen["action"]), chosen["number"], share):
            return dash.no_update, dash.no_update, say("models.share_wrong"), None
    except ApiError as error:
        at, rest = placed(error, ("share",))
        return dash.no_update, dash.no_update, at.get("share"), rest
    tell(say("models.begun"), bad=False)
    return False, changed + 1, None, None


def _begin(action: Action, number: int, share: Any) -> bool:
    """Whether the share makes sense; then it has begun."""
    models = api().models
    match action:
        case Action.activate:
            models.activate(number)
        case Action.roll_back:
            models.roll_back()
        case Action.load:
            models.load(number)
        case Action.unload:
            models.unload(number)
        case Action.shadow:
            if not isinstance(share, int | float) or not 1 <= share <= 100:
                return False
            models.shadow(number, share / 100)
    return True
