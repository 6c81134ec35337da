"""Plots: one look for all of them. Their text, lines and grounds take the page's colours (`assets/look.css`), so that
a plot made in the light is right in the dark."""

from typing import Any

import plotly.graph_objects as go
from dash import dcc, html

COLOURS = {"rhotacism": "#0072B2", "fricative_g": "#D55E00", "stuttering": "#009E73"}
"""A defect's colour; after Okabe and Ito (2008), told apart by colour-blind readers."""
OTHERS = ("#CC79A7", "#E69F00", "#56B4E9", "#882255", "#7F7F7F")
"""Of what is no defect, and of defects that come."""


def colour(name: str) -> str:
    """Of a defect; of any other name always the same one of the rest."""
    return COLOURS.get(name) or OTHERS[sum(name.encode()) % len(OTHERS)]


def figure(*traces: Any, **layout: Any) -> go.Figure:
    """A figure in the house's look."""
    shown = go.Figure(data=list(traces))
    shown.update_layout(
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "inherit", "size": 13},
        margin={"l": 48, "r": 12, "t": 12, "b": 36},
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.2},
        colorway=[*COLOURS.values(), *OTHERS],
        **layout,
    )
    return shown


def graph(id_: Any, label: str, height: int = 280, shown: go.Figure | None = None, **more: Any) -> html.Div:
    """Where a figure is; `label` says to a screen reader what it shows."""
    config = {"displaylogo": False, "responsive": True, "displayModeBar": False}
    plot = dcc.Graph(id=id_, figure=shown or figure(), config=config, style={"height": height}, **more)
    return html.Div(plot, className="plot", role="img", **{"aria-label": label})
