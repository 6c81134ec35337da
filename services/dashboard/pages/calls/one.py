"""A call: what it is, how it sounds over time, what was heard where, and what people say of it.

Listening, jumping and judging happen in the browser (`assets/call.js`); a label goes straight to the API.
"""

from typing import Any
from urllib.parse import quote, unquote

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import ClientsideFunction, Dash, Input, Output, Patch, State, dcc, html, no_update
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.defects import NAMES
from diktor.wire.accounts import Role, User
from diktor.wire.calls import CallDetail
from services.dashboard.asked import api
from services.dashboard.figures import colour, graph
from services.dashboard.links import to_calls
from services.dashboard.page import card, empty, nothing_here, skeleton, titled
from services.dashboard.pages.calls import plot
from services.dashboard.pages.calls.places import places
from services.dashboard.quantities import clock, moment, number
from services.dashboard.tables import scrolled
from services.dashboard.words import say, word

EVERY_MS = 3000
"""How often a call that is going on is looked at again: its windows come without an event."""

KEYS = (
    ("j", "next"),
    ("k", "previous"),
    ("space", "play"),
    ("y", "confirmed"),
    ("n", "rejected"),
    ("o", "other"),
    ("u", "undo"),
)
"""Keys and what they do; `assets/call.js` goes by where they are, so that they are the same in both layouts."""


def layout(user: User, call_id: str, **place: Any) -> Component:
    """The page; `at`, `channel` and `defect` name a place to begin with."""
    call_id = unquote(call_id)  # it is as it stands in the address
    reviews = user.role is not Role.operator
    begin = {name: place.get(name) for name in ("at", "channel", "defect")}
    script = {**begin, "reviews": reviews, "words": _words(), "colours": {name: colour(name) for name in NAMES}}
    further = dmc.Button(say("call.next_review"), id="call-next", variant="light", size="xs")
    return html.Div(
        [
            dcc.Store(id="call-id", data=call_id),
            dcc.Store(id="call-begin", data=script),
            dcc.Store(id="call-data"),
            dcc.Store(id="call-changed"),
            dcc.Store(id="call-drawn"),
            dcc.Interval(id="call-tick", interval=EVERY_MS, disabled=True),
            titled(
                say("call.title"),
                html.Div(dmc.Stack([skeleton(24), skeleton(420), skeleton(240)]), id="call-page"),
                beside=further if reviews else None,
            ),
        ],
        id="call",
    )


def register(app: Dash) -> None:
    """Callbacks."""
    app.callback(
        Output("call-page", "children"), Output("call-data", "data"), Output("call-tick", "disabled"),
        Input("call-id", "data"), State("call-begin", "data"),
    )(_opened)  # fmt: skip
    app.callback(Output("call-plot", "figure"), Input("call-wave", "data"), State("call-id", "data"))(_waveform)
    app.callback(
        Output("call-head", "children"), Output("call-verdicts", "children"), Output("call-sound", "children"),
        Output("call-plot", "figure", allow_duplicate=True), Output("call-plot", "style"),
        Output("call-data", "data", allow_duplicate=True), Output("call-wave", "data"),
        Output("call-tick", "disabled", allow_duplicate=True),
        Input("call-tick", "n_intervals"), Input("call-changed", "data"), State("call-id", "data"),
        prevent_initial_call=True,
    )(_grown)  # fmt: skip
    for name, output, inputs in (
        ("changed", Output("call-changed", "data"), (Input("live", "data"), State("call-id", "data"))),
        ("draw", Output("call-drawn", "data"), (Input("call-data", "data"), State("call-begin", "data"))),
        ("further", Output("call-next", "loading"), (Input("call-next", "n_clicks"),)),
    ):
        app.clientside_callback(ClientsideFunction("call", name), output, *inputs, prevent_initial_call=True)


def _opened(call_id: str, begin: dict[str, Any]) -> tuple[Any, Any, bool]:
    try:
        detail = api().calls.get(call_id)
    except ApiError as error:
        if error.status != 404:
            raise
        return nothing_here(), no_update, True
    return _whole(detail, bool(begin["reviews"])), _data(detail), detail.call.status != "open"


def _grown(_: Any, __: Any, call_id: str) -> tuple[Any, ...]:
    """What changes while it goes on, and when it has ended."""
    detail = api().calls.get(call_id)
    return (
        _head(detail),
        _verdicts(detail),
        _sound(detail),
        plot.drawn(detail, places(detail)),
        {"height": _height(detail)},
        _data(detail),
        _recorded(detail) or no_update,
        detail.call.status != "open",
    )


def _waveform(channels: list[str], call_id: str) -> Any:
    """It comes after the rest: the first time it is asked for, the recording has to be decoded."""
    if not channels:
        return no_update
    found = api().calls.get_waveform(call_id)
    patch = Patch()
    for place, channel in enumerate(channels):
        for name, value in plot.wave(found.channels.get(channel, []), found.duration_ms).items():
            patch["data"][place][name] = value
    return patch


def _recorded(detail: CallDetail) -> list[str]:
    """The channels that have a waveform, in the order of the figure's."""
    return plot.channels_of(detail) if detail.recorded else []


def _height(detail: CallDetail) -> int:
    return plot.height(plot.channels_of(detail), plot.defects_of(detail))


def _whole(detail: CallDetail, reviews: bool) -> Component:
    found = places(detail)
    shown: go.Figure = plot.drawn(detail, found)
    sound = card(
        say("call.recording"),
        html.Div(_sound(detail), id="call-sound"),
        html.Div(graph("call-plot", plot.spoken(detail), height=_height(detail), shown=shown), className="call-plot"),
        dmc.Text(say("call.how"), size="sm", c="dimmed"),
        dcc.Store(id="call-wave", data=_recorded(detail)),
    )
    heard = card(
        say("call.evidence"),
        _help() if reviews else None,
        html.Div(html.Select(id="call-which", **{"aria-label": say("call.which")}), className="which"),
        html.Ol(id="call-list", className="pieces", **{"aria-label": say("call.evidence")}),
        html.Div(id="call-said", role="status", className="visually-hidden"),
    )
    verdicts = card(say("call.verdicts"), html.Div(_verdicts(detail), id="call-verdicts"))
    columns = dmc.Grid(
        [
            dmc.GridCol(dmc.Stack([sound, verdicts], gap="md"), span={"base": 12, "lg": 8}),
            dmc.GridCol(heard, span={"base": 12, "lg": 4}),
        ]
    )
    return dmc.Stack([html.Div(_head(detail), id="call-head"), columns], gap="md")


def _head(detail: CallDetail) -> Component:
    call = detail.call
    state = {"open": "green", "scored": "gray", "failed": "red"}[call.status]
    facts = [
        (say("call.operator"), dmc.Anchor(call.operator_id, href=to_calls(operator=call.operator_id))),
        (say("call.team"), call.team_id),
        (say("call.began"), moment(call.started_at)),
        (say("call.lasted"), clock(plot.length(detail))),
        (say("call.speech"), clock(call.talk_ms) if call.talk_ms else "–"),
        (say("call.direction"), say(f"call.{call.direction}")),
        (say("call.release"), str(call.release)),
        (say("call.id"), html.Code(call.call_id)),
    ]
    return html.Div(
        [
            dmc.Badge(word(call.status), color=state, variant="light", className="plain", size="lg"),
            html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts"),
        ],
        className="call-head",
    )


def _sound(detail: CallDetail) -> Component:
    if not detail.recorded:
        return empty(say("call.open_unheard" if detail.call.status == "open" else "call.unheard"))
    # Nothing is loaded before somebody listens: that somebody listened is noted.
    return html.Audio(
        id="call-audio",
        src=f"/api/v1/calls/{quote(detail.call.call_id, safe='')}/audio",
        controls=True,
        preload="none",
        **{"aria-label": say("call.recording")},
    )


def _verdicts(detail: CallDetail) -> Component:
    if not detail.call.judgements:
        return empty(say("call.not_judged"))
    rows = [
        html.Tr(
            [
                html.Td(word(one.channel)),
                html.Td(word(one.defect)),
                html.Td("–" if one.risk is None else number(one.risk), className="number"),
                html.Td(html.Span(word(one.verdict), className=f"verdict {one.verdict}")),
                html.Td(number(one.markers) if one.markers else "–", className="number"),
            ]
        )
        for one in detail.call.judgements
    ]
    heads = [html.Th(say(f"call.{name}"), scope="col") for name in ("channel", "defect", "risk", "verdict", "markers")]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="verdicts")
    return html.Div([scrolled(table), dmc.Text(say("call.risk_how"), size="sm", c="dimmed")])


def _help() -> Component:
    keys = [html.Span([html.Kbd(say(f"call.key_{key}")), say(f"call.{name}")]) for key, name in KEYS]
    return html.Div(keys, className="keys")


def _data(detail: CallDetail) -> dict[str, Any]:
    return {"call": detail.call.call_id, "places": [place.plain() for place in places(detail)]}


def _words() -> dict[str, str]:
    signs = ("confirmed", "rejected", "other", "comment", "play_piece", "every")
    answers = ("saved", "undone", "not_saved", "none_left", "nothing")
    return {
        **{name: word(name) for name in (*NAMES, *plot.ORDER)},
        **{name: say(f"call.{name}") for name in (*signs, *answers)},
    }
