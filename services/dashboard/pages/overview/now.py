"""Calls that are going on: those that the list has when one comes, then what the stream of events says."""

from typing import Any

import dash_mantine_components as dmc
import msgspec
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from diktor.defects import NAMES
from services.dashboard.asked import api
from services.dashboard.links import to_calls
from services.dashboard.page import card
from services.dashboard.words import say, word

MOST = 100


def part() -> Component:
    """The card; its lines are drawn by `assets/overview.js`."""
    words = {name: word(name) for name in (*NAMES, "likely", "possible", "failed")}
    said = {name: say(f"overview.{name}") for name in ("no_calls", "finished", "more_open", "clean")}
    return card(
        say("overview.now"),
        html.Ul(id="overview-open", className="open"),
        dcc.Store(id="overview-listed"),
        dcc.Store(id="overview-words", data={**words, **said}),
        dcc.Store(id="overview-drawn"),
        beside=dmc.Anchor(say("overview.all_open"), href=to_calls(status="open"), size="sm"),
    )


def register(app: Dash) -> None:
    """Callbacks."""
    again = Input("overview-again", "n_intervals")  # what began while the stream was being opened is found then
    app.callback(Output("overview-listed", "data"), Input("overview-open", "id"), again)(_listed)
    app.clientside_callback(
        ClientsideFunction("overview", "open"),
        Output("overview-drawn", "data"),
        Input("overview-listed", "data"),
        Input("live", "data"),
        State("overview-words", "data"),
    )


def _listed(*_: object) -> Any:
    return msgspec.to_builtins(api().calls.list(limit=MOST, status="open").items)
