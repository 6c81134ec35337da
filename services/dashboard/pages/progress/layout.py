"""The page: one's own progress, or that of somebody whom one leads, by user id or by operator's id of calls."""

from typing import Any, TypedDict

import dash
import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.wire.accounts import User
from services.dashboard.asked import api
from services.dashboard.links import to_operator
from services.dashboard.page import card, empty, skeleton, titled
from services.dashboard.pages.progress import attempts, shown
from services.dashboard.problems import tell
from services.dashboard.words import say

DAYS = ("30", "90", "365")


class Whose(TypedDict):
    """Empty for oneself."""

    user: str
    operator: str


def layout(visitor: User, /, days: str = "90", operator: str = "", user: str = "", **_: str) -> Component:
    """The page. Attempts are their owner's alone."""
    own = not operator and user in ("", visitor.id)
    whose = Whose(user="" if own else user, operator=operator)
    title = say("progress.title") if own else say("progress.of_user")
    if operator:
        title = say("progress.of_operator", operator=operator)
    period = dmc.Select(
        id="progress-days",
        data=[{"value": value, "label": say(f"progress.days.{value}")} for value in DAYS],
        value=days if days in DAYS else "90",
        allowDeselect=False,
        w=120,
        **{"aria-label": say("progress.period")},
    )
    back = dmc.Anchor(say("progress.back"), href=to_operator(operator)) if operator else None
    return titled(
        title,
        *([back] if back else []),
        dcc.Store(id="progress-whose", data=whose),
        dcc.Store(id="progress-changed"),
        card(say("progress.bests"), html.Div(skeleton(130), id="progress-bests")),
        card(say("progress.over_time"), html.Div(skeleton(320), id="progress-plot")),
        *(_own() if own else [dmc.Text(say("progress.mic_only_owner"), size="sm", c="dimmed")]),
        beside=period,
    )


def register(app: Dash) -> None:
    """The page's callbacks."""
    app.callback(
        Output("progress-bests", "children"),
        Output("progress-plot", "children"),
        Input("progress-whose", "data"),
        Input("progress-days", "value"),
        Input("progress-changed", "data"),
    )(figures)
    app.callback(
        Output("progress-attempts", "children"),
        Output("progress-more", "display"),
        Input("progress-changed", "data"),
        Input("progress-more", "n_clicks"),
    )(own_attempts)
    app.callback(
        Output("progress-delete", "opened"),
        Output("progress-chosen", "data"),
        Input({"type": attempts.DELETE, "attempt": ALL}, "n_clicks"),
        Input("progress-keep", "n_clicks"),
        prevent_initial_call=True,
    )(ask)
    app.callback(
        Output("progress-delete", "opened", allow_duplicate=True),
        Output("progress-changed", "data"),
        Input("progress-sure", "n_clicks"),
        State("progress-chosen", "data"),
        State("progress-changed", "data"),
        running=[(Output("progress-sure", "loading"), True, False)],
        prevent_initial_call=True,
    )(delete)


def figures(whose: Whose, days: str, changed: Any) -> tuple[Component, Component]:
    """Bests, and mastery over time."""
    try:
        found = api().training.get_progress(whose["user"] or None, int(days), operator=whose["operator"] or None)
    except ApiError as error:
        if error.status != 404:
            raise
        return empty(say("progress.nobody")), empty("")
    own = not any(whose.values())
    return shown.bests(api().training.get_bests(None if own else found.user_id)), shown.over_time(found, own)


def own_attempts(changed: Any, more: int | None) -> tuple[Component, str]:
    """One's own attempts, the newest first, and whether there are more."""
    found = api().training.list_attempts(limit=min(200, attempts.AT_ONCE * (1 + (more or 0))))
    longer = found.next is not None and len(found.items) < 200
    return attempts.table(found.items), "block" if longer else "none"


def ask(clicks: list[int | None], keep: int | None) -> tuple[bool, str | None]:
    """Whether to delete an attempt is asked first."""
    chosen = dash.ctx.triggered_id
    if isinstance(chosen, dict) and dash.ctx.triggered[0]["value"]:
        return True, str(chosen["attempt"])
    if chosen == "progress-keep":
        return False, None
    raise dash.exceptions.PreventUpdate


def delete(sure: int | None, chosen: str | None, changed: int | None) -> tuple[bool, int]:
    """An attempt, for good."""
    if not sure or not chosen:
        raise dash.exceptions.PreventUpdate
    api().training.delete_attempt(chosen)
    tell(say("progress.deleted"), bad=False)
    return False, (changed or 0) + 1


def _own() -> list[Component]:
    question = dmc.Modal(
        dmc.Stack(
            [
                dmc.Text(say("progress.delete_why")),
                dmc.Group(
                    [
                        dmc.Button(say("progress.keep"), id="progress-keep", variant="default"),
                        dmc.Button(say("progress.delete"), id="progress-sure", color="red"),
                    ],
                    justify="flex-end",
                ),
            ]
        ),
        id="progress-delete",
        title=say("progress.delete_title"),
        opened=False,
        keepMounted=True,
        centered=True,
        closeButtonProps={"aria-label": say("progress.keep")},
    )
    return [
        dcc.Store(id="progress-chosen"),
        question,
        card(
            say("progress.history"),
            html.Div(skeleton(200), id="progress-attempts"),
            dmc.Button(say("progress.more"), id="progress-more", variant="default", display="none"),
        ),
    ]
