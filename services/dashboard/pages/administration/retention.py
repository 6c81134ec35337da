"""What is kept how long, erasing a person's calls, and the ledger of erasures."""

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.wire.accounts import User
from diktor.wire.calls import Erasure
from services.dashboard.asked import api
from services.dashboard.forms import placed
from services.dashboard.page import card, empty, skeleton
from services.dashboard.pages.administration import parts
from services.dashboard.people import people
from services.dashboard.problems import tell
from services.dashboard.quantities import number
from services.dashboard.words import say

AGAIN_MS = 5000
"""How often the ledger is looked at while an erasure waits."""


def layout(user: User, operator: str = "", **_: str) -> Component:
    """The page."""
    kinds = [{"value": kind, "label": _said(f"erase.{kind}")} for kind in ("operator", "caller")]
    return parts.shown(
        "retention",
        dmc.SimpleGrid(
            [
                card(_said("kept.title"), html.Div(skeleton(120), id="kept")),
                card(
                    _said("erase.title"),
                    dmc.SegmentedControl(
                        id="erase-kind",
                        data=kinds,
                        value="operator",
                        **{"aria-label": _said("erase.kind")},
                    ),
                    dmc.TextInput(
                        id="erase-id", label=_said("erase.id.operator"), value=operator, autoComplete="off", maw=320
                    ),
                    dmc.Button(_said("erase.begin"), id="erase-begin", color="red", variant="light", w="fit-content"),
                ),
            ],
            cols={"base": 1, "md": 2},
        ),
        card(_said("ledger.title"), html.Div(skeleton(120), id="ledger")),
        dcc.Store(id="ledger-changed", data=0),
        dcc.Interval(id="ledger-again", interval=AGAIN_MS, disabled=True),
        parts.window(
            "erase-sure",
            _said("erase.sure"),
            dmc.Text(id="erase-means"),
            dmc.TextInput(id="erase-typed", label="", autoComplete="off"),
            html.Div(id="erase-wrong", role="alert", className="alert"),
            dmc.Group(
                [
                    dmc.Button(_said("erase.do"), id="erase-do", color="red", disabled=True),
                    dmc.Button(_said("cancel"), id="erase-cancel", variant="default"),
                ]
            ),
        ),
    )


def register(app: Dash) -> None:
    """Its callbacks."""
    kind, id_ = State("erase-kind", "value"), State("erase-id", "value")
    app.callback(Output("kept", "children"), Input("kept", "id"))(_kept)
    app.callback(Output("erase-id", "label"), Input("erase-kind", "value"))(lambda kind: _said(f"erase.id.{kind}"))
    app.callback(
        Output("erase-sure", "opened"),
        Output("erase-means", "children"),
        Output("erase-typed", "label"),
        Output("erase-typed", "value"),
        Output("erase-id", "error"),
        Output("erase-wrong", "children"),
        Input("erase-begin", "n_clicks"),
        kind,
        id_,
        prevent_initial_call=True,
    )(_begun)
    app.callback(Output("erase-do", "disabled"), Input("erase-typed", "value"), id_)(
        lambda typed, id_: not (id_ or "").strip() or (typed or "").strip() != (id_ or "").strip()
    )
    app.callback(
        Output("erase-sure", "opened", allow_duplicate=True),
        Input("erase-cancel", "n_clicks"),
        prevent_initial_call=True,
    )(lambda clicks: False)
    app.callback(
        Output("erase-sure", "opened", allow_duplicate=True),
        Output("ledger-changed", "data"),
        Output("erase-wrong", "children", allow_duplicate=True),
        Output("erase-id", "value"),
        Input("erase-do", "n_clicks"),
        kind,
        id_,
        State("erase-typed", "value"),
        State("ledger-changed", "data"),
        prevent_initial_call=True,
        running=[(Output("erase-do", "loading"), True, False)],
    )(_erased)
    app.callback(
        Output("ledger", "children"),
        Output("ledger-again", "disabled"),
        Input("ledger-changed", "data"),
        Input("ledger-again", "n_intervals"),
    )(_ledger)


def _kept(_: str) -> Component:
    days = say("administration.kept.days", n=api().operations.get_retention().days)
    facts = (
        (_said("kept.calls"), days),
        (_said("kept.training"), days),
        (_said("kept.audit"), _said("kept.forever")),
        (_said("kept.users"), _said("kept.deactivated")),
    )
    pairs = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts]
    return dmc.Stack([html.Dl(pairs, className="pairs"), dmc.Text(_said("kept.set"), size="sm", c="dimmed")])


def _begun(clicks: int | None, kind: str, id_: str | None) -> Any:
    asked = (id_ or "").strip()
    if not asked:
        return False, "", "", "", _said("erase.empty"), None
    means = say(f"administration.erase.means.{kind}", id=asked)
    return True, means, say("administration.erase.type", id=asked), "", None, None


def _erased(clicks: int | None, kind: str, id_: str, typed: str, changed: int) -> Any:
    asked = id_.strip()
    if (typed or "").strip() != asked:
        return dash.no_update, dash.no_update, _said("erase.other"), dash.no_update
    try:
        if kind == "operator":
            api().calls.create_erasure(operator_id=asked)
        else:
            api().calls.create_erasure(caller_id=asked)
    except ApiError as error:
        at, rest = placed(error, ())
        return dash.no_update, dash.no_update, rest or " ".join(at.values()), dash.no_update
    tell(_said("erase.entered"), bad=False)
    return False, changed + 1, None, ""


def _ledger(changed: int, again: int | None) -> tuple[Any, bool]:
    found = api().calls.list_erasures(limit=100).items
    if not found:
        return empty(_said("ledger.none")), True
    heads = [_said(f"ledger.{name}") for name in ("subject", "by", "at", "applied", "calls")]
    names = people()
    waits = any(item.applied_at is None for item in found)
    return parts.table(heads, [_row(item, names) for item in found], width=680), not waits


def _row(item: Erasure, names: dict[str, str]) -> list[Any]:
    return [
        f"{_said(f'erase.{item.kind}')}: {item.subject}",
        names.get(item.by, item.by),
        parts.moment(item.created_at),
        parts.moment(item.applied_at, _said("ledger.waiting")),
        number(item.calls),
    ]


def _said(key: str) -> str:
    return say(f"administration.{key}")
