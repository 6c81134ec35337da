"""Releases, what serves, and what is deployed: administrators change it here, everybody else sees it."""

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from diktor.wire.accounts import Role, User
from diktor.wire.models import Action, Deployment, Release, Serving
from services.dashboard.asked import api
from services.dashboard.page import card, empty, skeleton
from services.dashboard.pages.models import changes, parts
from services.dashboard.people import people
from services.dashboard.words import say

AGAIN_MS = 2000
"""How often is looked while a deployment runs."""
LATEST = 10


def layout(user: User, **_: str) -> Component:
    """The page."""
    return parts.shown(
        "releases",
        say("models.title"),
        card(say("models.serving"), html.Div(skeleton(100), id="models-serving")),
        card(say("models.releases"), html.Div(skeleton(200), id="models-releases")),
        card(say("models.deployments"), html.Div(skeleton(100), id="models-deployments")),
        dcc.Store(id="models-may", data=user.role is Role.admin),
        dcc.Store(id="models-changed", data=0),
        dcc.Interval(id="models-again", interval=AGAIN_MS, disabled=True),
        changes.window(),
    )


def register(app: Dash) -> None:
    """Its callbacks, and those of the window that asks whether one is sure."""
    app.callback(
        Output("models-serving", "children"),
        Output("models-releases", "children"),
        Output("models-deployments", "children"),
        Output("models-again", "disabled"),
        Input("models-changed", "data"),
        Input("models-again", "n_intervals"),
        State("models-may", "data"),
    )(_shown)
    changes.register(app)


def _shown(changed: int, again: int | None, may: bool) -> tuple[Any, ...]:
    models = api().models
    serving, releases = models.get_serving(), models.list(limit=200).items
    deployments = models.list_deployments(limit=LATEST).items
    running = any(item.state == "running" for item in deployments)
    return _serving(serving, may), _releases(releases, serving, may), _deployments(deployments, may), not running


def _serving(serving: Serving, may: bool) -> Component:
    none = say("models.none")
    if not serving.active:
        return empty(say("models.serving_nothing"))
    shadow = serving.shadow
    found: list[tuple[str, Any]] = [
        (say("models.serving_active"), dmc.Text(say("models.serving_release", number=serving.active), fw=650)),
        (
            say("models.serving_shadow"),
            say("models.serving_share", number=shadow.release, share=f"{100 * shadow.share:g}") if shadow else none,
        ),
        (say("models.serving_standby"), ", ".join(map(str, serving.standby)) or none),
        (say("models.serving_history"), ", ".join(map(str, serving.history)) or none),
        (say("models.serving_moved"), parts.moment(serving.moved_at)),
    ]
    buttons = []
    if may and serving.history:
        buttons.append(changes.button(Action.roll_back, serving.history[-1], serving.active))
    if may and shadow:
        buttons.append(changes.button(Action.unload, shadow.release, serving.active))
    return dmc.Stack([parts.facts(*found), *([dmc.Group(buttons)] if buttons else [])])


def _releases(releases: list[Release], serving: Serving, may: bool) -> Component:
    if not releases:
        return empty(say("models.releases_none"))
    names = ("name", "state", "created", "members", "macro_f1", *(["actions"] if may else []))
    heads = [say("models.release.title"), *(say(f"models.{name}") for name in names)]
    rows = [_row(item, serving, may) for item in releases]
    return parts.table(heads, rows, width=900 if may else 640)


def _row(item: Release, serving: Serving, may: bool) -> list[Any]:
    row: list[Any] = [
        dmc.Anchor(say("models.number", n=item.number), href=f"{parts.HOME}/releases/{item.number}", size="sm", fw=600),
        item.name,
        parts.badge(item.state),
        item.created_at[:10],
        len(item.members),
        parts.number(item.macro_f1),
    ]
    if not may:
        return row
    wanted = {
        "active": [],
        "shadow": [Action.activate, Action.unload],
        "standing by": [Action.activate, Action.shadow, Action.unload],
    }.get(item.state, [Action.activate, Action.shadow, Action.load])
    return [
        *row,
        dmc.Group([changes.button(action, item.number, serving.active, small=True) for action in wanted], gap=6),
    ]


def _deployments(found: list[Deployment], may: bool) -> Component:
    if not found:
        return empty(say("models.deployments_none"))
    names = people() if may else {}
    heads = [
        say(f"models.{name}")
        for name in ("deployment_at", "deployment_what", "state", "deployment_took", "deployment_by")
    ]
    return parts.table(heads, [_deployment(item, names) for item in found], width=720)


def _deployment(item: Deployment, names: dict[str, str]) -> list[Any]:
    colour = {"running": "blue", "done": "teal"}.get(item.state, "red")
    state: list[Any] = [
        dmc.Badge(say(f"models.deployment.{item.state}"), variant="light", color=colour, tt="none"),
        *([dmc.Text(item.problem, size="sm", c="var(--mantine-color-error)")] if item.problem else []),
    ]
    action = say(f"models.{item.action}")
    what = say("models.action_what", action=action, number=item.release) if item.release else action
    return [
        parts.moment(item.started_at),
        what,
        state,
        parts.took(item.started_at, item.ended_at),
        names.get(item.by, say("models.none")),
    ]
