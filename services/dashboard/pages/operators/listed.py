"""All operators or teams in an order. What is chosen is in the address, so that a view can be sent as a link."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import dash
import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component

from diktor.client.areas.stats import Chosen
from diktor.wire.accounts import User
from services.dashboard.asked import api
from services.dashboard.page import empty, skeleton, titled
from services.dashboard.pages.operators.table import SORT, Order, table, turned
from services.dashboard.words import say

DAYS = ("7", "30", "90", "365")
ROWS = 25
DEFECT = "rhotacism"
"""Whose share orders the table until somebody chooses another."""


def layout(
    user: User,
    by: str = "operator",
    team: str = "",
    days: str = "30",
    sort: str = "likely",
    defect: str = DEFECT,
    up: str = "",
    page: str = "1",
    **_: str,
) -> Component:
    """The page."""
    order = Order(by=sort if sort in ("key", "calls", "talk") else "likely", defect=defect, descending=not up)
    kinds = [{"value": kind, "label": say(f"operators.by.{kind}")} for kind in ("operator", "team")]
    controls = dmc.Group(
        [
            dmc.SegmentedControl(
                id="operators-by",
                data=kinds,
                value="team" if by == "team" else "operator",
                **{"aria-label": say("operators.by")},
            ),
            dmc.Select(
                id="operators-team",
                data=sorted({*user.teams, *([team] if team else [])}),
                value=team or None,
                placeholder=say("operators.every_team"),
                clearable=True,
                searchable=True,
                w=200,
                **{"aria-label": say("operators.team")},
            ),
            dmc.Select(
                id="operators-days",
                data=[{"value": value, "label": say(f"operators.days.{value}")} for value in DAYS],
                value=days if days in DAYS else "30",
                allowDeselect=False,
                w=120,
                **{"aria-label": say("operators.period")},
            ),
        ],
        gap="sm",
    )
    return titled(
        say("operators.title"),
        controls,
        dmc.Paper(html.Div(skeleton(320), id="operators-table"), withBorder=True, p="md"),
        dmc.Pagination(
            id="operators-page",
            total=1,
            value=int(page) if page.isdigit() and page != "0" else 1,
            size="sm",
            withControls=False,
            hideWithOnePage=True,
            **{"aria-label": say("operators.pages")},
        ),
        dmc.Text(say("operators.explained"), size="sm", c="dimmed", maw=900),
        dcc.Store(id="operators-order", data=order),
    )


def register(app: Dash) -> None:
    """Its callbacks."""
    filters = (Input("operators-by", "value"), Input("operators-team", "value"), Input("operators-days", "value"))
    order, page = Input("operators-order", "data"), Input("operators-page", "value")
    app.callback(
        Output("operators-table", "children"),
        Output("operators-page", "total"),
        Output("operators-page", "value"),
        *filters,
        order,
        page,
    )(_shown)
    app.callback(Output("operators-team", "data"), Input("operators-days", "value"))(_teams)
    app.callback(
        Output("operators-order", "data"),
        Input({"type": SORT, "by": ALL, "defect": ALL}, "n_clicks"),
        State("operators-order", "data"),
        prevent_initial_call=True,
    )(_sorted)
    app.clientside_callback(
        ClientsideFunction("operators", "address"),
        Output("operators-order", "id"),
        *filters,
        order,
        page,
        prevent_initial_call=True,
    )


def period(days: str) -> Chosen:
    """So many days until now."""
    return Chosen(since=datetime.now(UTC) - timedelta(days=int(days)))


def _shown(by: Literal["operator", "team"], team: str | None, days: str, order: Order, page: int) -> tuple[Any, ...]:
    if ctx.triggered_id not in (None, "operators-page"):
        page = 1
    chosen = period(days)
    if team:
        chosen["team"] = [team]
    found = api().stats.list_leaderboard(
        by=by,
        order=order["by"],
        order_defect=order["defect"],
        minimum_calls=1,
        descending=order["descending"],
        limit=ROWS,
        cursor=str(ROWS * (page - 1)),
        **chosen,
    )
    pages = max(1, -(-found.total // ROWS))
    if not found.items and page > 1:
        return _shown(by, team, days, order, 1)
    if not found.items:
        return _nobody(days), 1, 1
    line = dmc.Text(say("operators.shown", n=len(found.items), total=found.total), size="sm", c="dimmed")
    return [table(found, by, order), line], pages, page


def _nobody(days: str) -> Component:
    upload = dmc.Anchor(say("operators.upload"), href="/upload")
    return empty(say("operators.nobody_at_all" if days == DAYS[-1] else "operators.nobody"), upload)


def _teams(days: str) -> list[str]:
    """Those with calls in the period."""
    return sorted({group.key for group in api().stats.list_groups(by="team", **period(days)) if group.key})


def _sorted(clicks: list[int | None], order: Order) -> Any:
    chosen = ctx.triggered_id
    if not any(clicks) or not isinstance(chosen, dict):  # the table was made anew
        return dash.no_update
    return turned(order, chosen["by"], chosen["defect"] or order["defect"])
