"""Plots of an operator's or a team's calls: shares over time, and risks beside the others'."""

from collections.abc import Sequence

import plotly.graph_objects as go

from diktor.wire.stats import Bucket, Distribution
from services.dashboard.asked import local
from services.dashboard.figures import colour, figure
from services.dashboard.words import say, word

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross")
"""Besides colour, so that defects are told apart without it."""


def trend(buckets: Sequence[Bucket]) -> go.Figure | None:
    """The share of each defect with its interval; None: there is nothing to judge."""
    traces = []
    defects = [found.defect for found in buckets[0].figures.defects] if buckets else []
    for place, defect in enumerate(defects):
        known = [(local(bucket.start), figures, figures.likely_share) for bucket in buckets
                 if (figures := bucket.figures.of(defect)).likely_share]  # fmt: skip
        points = [(at, figures.judged, share) for at, figures, share in known if share]
        if not points:
            continue
        values = [100 * share.value for _, _, share in points]
        traces.append(
            go.Scatter(
                name=word(defect),
                x=[at.date() for at, _, _ in points],
                y=values,
                mode="lines+markers",
                line={"color": colour(defect), "width": 2},
                marker={"size": 8, "symbol": SYMBOLS[place % len(SYMBOLS)]},
                error_y={
                    "array": [100 * (share.high - share.value) for _, _, share in points],
                    "arrayminus": [100 * (share.value - share.low) for _, _, share in points],
                    "thickness": 1,
                    "width": 0,
                },
                customdata=[(100 * share.low, 100 * share.high, n) for _, n, share in points],
                hovertemplate=say("operators.trend_hover"),
            )
        )
    if not traces:
        return None
    axis = {"title": {"text": say("operators.trend_axis")}, "range": [0, 100], "automargin": True}
    return figure(*traces, yaxis=axis, xaxis={"type": "date", "tickformat": "%d.%m", "nticks": 8})


def spread(whose: Distribution, name: str, others: Distribution, others_name: str) -> go.Figure | None:
    """Calls by steps of risk, in percent of each side's; None: there is nothing to judge."""
    if not sum(whose.counts):
        return None
    steps = len(whose.counts)
    middles = [100 / steps * (step + 0.5) for step in range(steps)]
    hover = "%{y:.0f} %"
    bars = go.Bar(
        name=say("operators.spread_name", whom=name, n=sum(whose.counts)),
        x=middles,
        y=_percents(whose.counts),
        marker={"color": colour(whose.defect)},
        hovertemplate=hover,
    )
    line = go.Scatter(
        name=say("operators.spread_name", whom=others_name, n=sum(others.counts)),
        x=middles,
        y=_percents(others.counts),
        mode="lines+markers",
        line={"color": "#868e96", "width": 2, "dash": "dot"},
        hovertemplate=hover,
    )
    shown = figure(
        bars,
        line,
        bargap=0.12,
        xaxis={"title": {"text": say("operators.spread_axis")}, "range": [0, 100]},
        yaxis={"title": {"text": say("operators.trend_axis")}, "rangemode": "tozero", "automargin": True},
    )
    shown.update_layout(margin_t=24, legend_y=-0.35)  # below the axis' title
    shown.add_vline(x=50, line={"color": "#868e96", "width": 1}, annotation_text=say("operators.threshold"))
    return shown


def _percents(counts: Sequence[int]) -> list[float]:
    return [100 * count / (sum(counts) or 1) for count in counts]
