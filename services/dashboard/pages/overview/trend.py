"""Shares by day, or by hour of today, with their intervals; a point opens its calls."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from diktor.wire.stats import Bucket
from services.dashboard.asked import api, zone
from services.dashboard.figures import colour, figure, graph
from services.dashboard.links import to_calls
from services.dashboard.page import LOCATION, card
from services.dashboard.quantities import interval, percent
from services.dashboard.words import say, word

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x")
WIDTHS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}


def part() -> Component:
    """The card."""
    widths = dmc.SegmentedControl(
        id="trend-width",
        data=[{"value": width, "label": say(f"overview.by_{width}")} for width in WIDTHS],
        value="day",
        size="xs",
        **{"aria-label": say("overview.by")},
    )
    return card(
        say("overview.trend"),
        graph("trend", say("overview.trend_seen"), height=320),
        dmc.Text(say("overview.trend_how"), size="sm", c="dimmed"),
        beside=widths,
    )


def register(app: Dash) -> None:
    """Callbacks."""
    app.callback(Output("trend", "figure"), Input("trend-width", "value"), Input("overview-again", "n_intervals"))(
        _drawn
    )
    app.callback(
        Output(LOCATION, "href"), Input("trend", "clickData"), State("trend-width", "value"), prevent_initial_call=True
    )(_opened)


def _drawn(width: str, _: object) -> go.Figure:
    here = zone()
    if width == "hour":
        midnight = datetime.combine(datetime.now(here).date(), time(), here)
        buckets = api().stats.list_trend("hour", zone=str(here), since=midnight)
    else:
        buckets = api().stats.list_trend("day", zone=str(here))
    return drawn(buckets, width)


def drawn(buckets: Sequence[Bucket], width: str) -> go.Figure:
    """Lines with bands above, how many calls they rest on below."""
    at = [bucket.start.replace(tzinfo=None) for bucket in buckets]  # the visitor's clock, as it stands
    names = [one.defect for one in buckets[0].figures.defects] if buckets else []
    traces: list[Any] = []
    for name, symbol in zip(names, SYMBOLS * len(names), strict=False):
        traces += _line(buckets, name, symbol)
    traces.append(
        go.Bar(
            x=at,
            y=[bucket.figures.calls for bucket in buckets],
            name=say("overview.calls_scored"),
            marker={"color": "#868e96"},
            yaxis="y2",
            customdata=[[bucket.start.isoformat(), ""] for bucket in buckets],
            showlegend=False,
        )
    )
    return figure(
        *traces,
        yaxis={"domain": [0.32, 1], "range": [0, 102], "ticksuffix": " %", "nticks": 5},
        yaxis2={"domain": [0, 0.2], "rangemode": "tozero", "nticks": 3},
        xaxis={"anchor": "y2", "tickformat": "%H:%M" if width == "hour" else "%d.%m", "nticks": 8, "tickangle": 0},
        bargap=0.4,
        hoverdistance=-1,
    ).update_layout(legend={"y": 1.02, "yanchor": "bottom"}, margin={"t": 40, "b": 24})


def _line(buckets: Sequence[Bucket], name: str, symbol: str) -> list[go.Scatter]:
    found = [
        (bucket.start, one, one.likely_share)
        for bucket in buckets
        if (one := bucket.figures.of(name)).likely_share is not None
    ]
    at = [start.replace(tzinfo=None) for start, _, _ in found]
    shares = [share for _, _, share in found if share is not None]
    told = [
        say("overview.point", value=percent(share.value), interval=interval(share), n=one.judged)
        for (_, one, _), share in zip(found, shares, strict=True)
    ]
    band = go.Scatter(
        x=[*at, *reversed(at)],
        y=[100 * share.high for share in shares] + [100 * share.low for share in reversed(shares)],
        fill="toself",
        fillcolor=colour(name),
        opacity=0.12,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
        legendgroup=name,
    )
    line = go.Scatter(
        x=at,
        y=[100 * share.value for share in shares],
        name=word(name),
        mode="lines+markers",
        line={"color": colour(name), "width": 2},
        marker={"symbol": symbol, "size": 7},
        customdata=[[start.isoformat(), name] for start, _, _ in found],
        text=told,
        hovertemplate="%{text}<extra>" + word(name) + "</extra>",
        legendgroup=name,
    )
    return [band, line]


def _opened(clicked: dict[str, Any] | None, width: str) -> Any:
    point = next((point for point in (clicked or {}).get("points", []) if point.get("customdata")), None)
    if point is None:
        return no_update
    start, defect = datetime.fromisoformat(point["customdata"][0]), point["customdata"][1]
    until = min(start + WIDTHS[width], datetime.now(UTC) + timedelta(minutes=1))
    verdict = "likely" if defect else None
    return to_calls(since=start, until=until, defect=defect or None, verdict=verdict, status="scored")
