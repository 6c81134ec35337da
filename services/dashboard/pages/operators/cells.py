"""Figures of calls as tables show them: a share with its interval and how many calls it is of."""

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from diktor.wire.stats import DefectFigures
from services.dashboard.figures import colour
from services.dashboard.links import to_operator, to_team
from services.dashboard.quantities import number, percent
from services.dashboard.words import say

HOUR_MS = 3_600_000


def hours(talk_ms: int) -> str:
    """With one digit where it matters."""
    found = talk_ms / HOUR_MS
    return number(found, int(found < 100))


def interval(figures: DefectFigures) -> str:
    """The share's interval and its sample; empty where there is no share."""
    found = figures.likely_share
    if found is None:
        return ""
    return say("operators.interval", low=round(100 * found.low), high=round(100 * found.high), n=figures.judged)


def share(figures: DefectFigures) -> Component:
    """A cell: the share, its interval in words and as a bar with a tick. It has few elements: there are many cells."""
    found = figures.likely_share
    if found is None:
        return html.Small(say("operators.unknown"), className="share-of")
    low, high, paint = 100 * found.low, 100 * found.high, colour(figures.defect)
    pale, tick = f"color-mix(in srgb, {paint} 55%, transparent)", f"calc({100 * found.value:.1f}% - 1px)"
    drawn = {
        "--tick": tick,
        "--paint": paint,
        "backgroundImage": f"linear-gradient(to right, transparent {low:.1f}%, {pale} {low:.1f}%, {pale} {high:.1f}%,"
        f" transparent {high:.1f}%)",
    }
    bar = html.Div(className="share-bar", style=drawn, **{"aria-hidden": "true"})
    return html.Div(
        [html.B(percent(found.value), className="share"), bar, html.Small(interval(figures), className="share-of")]
    )


def link(kind: str, key: str) -> Component:
    """To the page of an operator or a team; calls without one have none."""
    if not key:
        return dmc.Text("—", size="sm")
    return dmc.Anchor(key, href=to_team(key) if kind == "team" else to_operator(key), size="sm", fw=500)
