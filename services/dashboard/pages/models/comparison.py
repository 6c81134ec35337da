"""Two releases on the windows that both heard, one of them on trial: agreement, drift, and how fast each is."""

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.wire.accounts import User
from diktor.wire.models import Comparison, Drift
from services.dashboard.asked import api
from services.dashboard.page import card, empty, skeleton
from services.dashboard.pages.models import parts
from services.dashboard.words import say

MOVED = 0.2
"""A PSI above which a distribution is said to have moved."""


def layout(user: User, first: str = "", second: str = "", **_: str) -> Component:
    """The page."""
    selects = [
        dmc.Select(id=f"compare-{name}", label=say(f"models.compare_{name}"), data=[], value=value or None, w=260)
        for name, value in (("first", first), ("second", second))
    ]
    return parts.shown(
        "comparison",
        say("models.comparison.title"),
        dmc.Group(selects),
        html.Div(skeleton(240), id="compare"),
    )


def register(app: Dash) -> None:
    """Its callbacks."""
    first, second = Input("compare-first", "value"), Input("compare-second", "value")
    app.callback(
        Output("compare-first", "data"),
        Output("compare-second", "data"),
        Output("compare-first", "value"),
        Output("compare-second", "value"),
        Input("compare", "id"),
        State("compare-first", "value"),
        State("compare-second", "value"),
    )(_choices)
    app.callback(Output("compare", "children"), first, second)(_shown)
    app.clientside_callback(
        ClientsideFunction("models", "compare"), Output("compare-first", "id"), first, second, prevent_initial_call=True
    )


def _choices(_: str, first: str | None, second: str | None) -> tuple[Any, ...]:
    """All releases; at first what serves and what is on trial, else the newest other one."""
    models = api().models
    releases = models.list(limit=200).items
    data = [{"value": str(item.number), "label": f"{item.number} · {item.name}"} for item in releases]
    if first is None or second is None:
        serving = models.get_serving()
        first = first or (str(serving.active) if serving.active else None)
        trial = str(serving.shadow.release) if serving.shadow else None
        second = second or trial or next((item["value"] for item in data if item["value"] != first), None)
    return data, data, first, second


def _shown(first: str | None, second: str | None) -> Component:
    if not first or not second or first == second:
        return empty(say("models.compare_two"))
    try:
        found = api().models.compare(int(first), int(second))
    except (ApiError, ValueError) as error:
        if isinstance(error, ApiError) and error.status != 422:
            raise
        return empty(say("models.missing"), dmc.Anchor(say("models.releases"), href=parts.HOME))
    own = card(say("models.compare_own"), _own(found))
    if not found.windows:
        nothing = empty(say("models.compare_nothing"), dmc.Anchor(say("models.releases"), href=parts.HOME))
        return dmc.Stack([nothing, own])
    names = ("class", "agreement", "mean_first", "mean_second", "difference", "ks", "psi")
    drifts = card(
        say("models.compare_drift"),
        dmc.Text(say("models.compare_on", n=found.windows, calls=found.calls), size="sm"),
        parts.table([say(f"models.{name}") for name in names], [_drift(item) for item in found.drifts], width=860),
        dmc.Text(say("models.compare_explained"), size="sm", c="dimmed"),
    )
    return dmc.Stack([drifts, own])


def _drift(item: Drift) -> list[Any]:
    low, mean, high = (parts.number(value) for value in (item.low, item.difference, item.high))
    psi = parts.number(item.psi)
    return [
        dmc.Text(parts.class_name(item.defect), size="sm", fw=600),
        parts.percent(item.agreement),
        parts.number(item.first),
        parts.number(item.second),
        say("models.difference_is", mean=mean, low=low, high=high),
        parts.number(item.ks),
        dmc.Text(say("models.psi_moved", psi=psi), size="sm", fw=650) if item.psi > MOVED else psi,
    ]


def _own(found: Comparison) -> Component:
    times = {item.release: f"{parts.number(item.p50_ms, 1)} / {parts.number(item.p95_ms, 1)}" for item in found.latency}
    rows = [
        [
            dmc.Anchor(say("models.number", n=number), href=f"{parts.HOME}/releases/{number}", size="sm"),
            parts.number(f1),
            times.get(number, say("models.latency_none")),
        ]
        for number, f1 in zip(found.releases, found.macro_f1, strict=True)
    ]
    return parts.table([say("models.release.title"), say("models.macro_f1"), say("models.latency")], rows, width=420)
