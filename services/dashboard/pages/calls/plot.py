"""A call over time: how loud each channel is, what its windows say, where evidence is, how likely each defect is."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from diktor.wire.calls import CallDetail, Window
from services.dashboard.figures import colour, figure
from services.dashboard.pages.calls.places import Place
from services.dashboard.quantities import clock
from services.dashboard.words import known, say, word

SYMBOLS = ("triangle-down", "square", "diamond", "cross", "x")
SCALE = [[0, "rgba(134,142,150,.18)"], [0.35, "#f2d39b"], [0.5, "#e8842c"], [1, "#8c1d04"]]
"""From nothing over the two thresholds to certain; darker is more in the light and in the dark."""

LOUD, STRIP, GAP, LINES, FOOT = 84, 18, 24, 140, 84
"""Heights in pixels: a waveform, a defect's strip of windows, space, the lines, what is under them."""


ORDER = ("operator", "mixed", "customer")
DASHES = ("solid", "dash", "dot")


def height(channels: Sequence[str], defects: Sequence[str]) -> int:
    """Of the whole figure."""
    return len(channels) * (LOUD + STRIP * len(defects) + GAP) + LINES + FOOT


def channels_of(detail: CallDetail) -> list[str]:
    """In the order in which they are shown."""
    found = {*detail.call.channels, *(window.channel for window in detail.windows)}
    return sorted(found, key=lambda name: (*ORDER, name).index(name))


def defects_of(detail: CallDetail) -> list[str]:
    """Those that its windows were judged for."""
    return next((list(window.probability) for window in detail.windows if window.probability), [])


def length(detail: CallDetail) -> int:
    """How long the call is so far, in ms."""
    return max([detail.call.duration_ms, *(window.end_ms for window in detail.windows)])


def drawn(detail: CallDetail, found: Sequence[Place]) -> go.Figure:
    """The figure. Its x is a time of day from midnight, the call's start, so that ticks are minutes and seconds.

    Its first traces are for the waveforms, in the channels' order: empty, for these come later.
    """
    channels, defects = channels_of(detail), defects_of(detail)
    panel = height(channels, defects) - FOOT
    loudness: list[Any] = []
    traces: list[Any] = []
    axes: dict[str, Any] = {}
    titles: list[dict[str, Any]] = []
    top = float(panel)

    def domain(pixels: float) -> list[float]:
        nonlocal top
        top -= pixels
        return [max(top / panel, 0.0), (top + pixels) / panel]

    for place, channel in enumerate(channels):
        loud, strip = f"y{2 * place + 2}", f"y{2 * place + 3}"
        windows = [window for window in detail.windows if window.channel == channel]
        axes[f"yaxis{2 * place + 2}"] = {
            "domain": domain(LOUD), "range": [-1.05, 1.5], "showticklabels": False, "showgrid": False,
            "zeroline": False, "fixedrange": True,
        }  # fmt: skip
        titles.append(
            {
                "text": word(channel), "xref": "paper", "yref": "paper", "x": 0, "y": (top + LOUD) / panel,
                "xanchor": "left", "yanchor": "bottom", "showarrow": False, "font": {"size": 12},
            }
        )  # fmt: skip
        axes[f"yaxis{2 * place + 3}"] = {
            "domain": domain(STRIP * len(defects)), "fixedrange": True, "autorange": "reversed", "showgrid": False,
            "tickfont": {"size": 11},
        }  # fmt: skip
        top -= GAP
        loudness.append(_loudness(channel, loud))
        traces += [*_marks(channel, defects, found, loud), _strip(windows, defects, strip)]
    axes["yaxis"] = {
        "domain": [0, LINES / panel], "range": [0, 102], "ticksuffix": " %", "nticks": 4, "fixedrange": True,
    }  # fmt: skip
    traces += [
        _line(detail, channel, name, dash, first=channel == channels[0])
        for channel in channels
        for name, dash in zip(defects, DASHES * 9, strict=False)
    ]
    end = max(length(detail), 1000)
    ticks = "%-H:%M:%S" if end >= 3_600_000 else "%-M:%S"
    result = figure(
        *loudness,
        *traces,
        **axes,
        xaxis={
            "type": "date", "range": [at(0), at(end)], "tickformat": ticks, "hoverformat": ticks, "anchor": "y",
            "showgrid": False, "nticks": 8, "tickangle": 0,
        },
        hoverdistance=-1,
        height=panel + FOOT,
        uirevision=detail.call.call_id,
    )  # fmt: skip
    margin = {"l": 56, "r": 8, "t": GAP, "b": FOOT - GAP}
    return result.update_layout(annotations=titles, margin=margin, legend={"y": -0.06, "yanchor": "top"})


def at(ms: float) -> str:
    """A place on the figure's x. Plotly takes numbers there for years, or for the browser's own time zone."""
    seconds, rest = divmod(round(ms), 1000)
    return f"1970-01-01 {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def wave(peaks: Sequence[int], duration_ms: int) -> dict[str, Any]:
    """A channel's peaks as one line up and down, from -1 to 1."""
    step = duration_ms / max(len(peaks), 1)
    return {"x0": at(step / 4), "dx": step / 2, "y": [value for peak in peaks for value in (peak / 100, -peak / 100)]}


def _loudness(channel: str, axis: str) -> go.Scatter:
    return go.Scatter(
        y=[], yaxis=axis, mode="lines", line={"width": 1, "color": "#868e96"}, hoverinfo="none", showlegend=False,
        name=word(channel),
    )  # fmt: skip


def _marks(channel: str, defects: Sequence[str], found: Sequence[Place], axis: str) -> list[go.Scatter]:
    marks = []
    for name, symbol in zip(defects, SYMBOLS * len(defects), strict=False):
        pieces = [one for one in found if (one.channel, one.defect) == (channel, name)]
        marks.append(
            go.Scatter(
                x=[at(one.start_ms) for one in pieces], y=[1.25] * len(pieces), yaxis=axis, mode="markers",
                marker={"symbol": symbol, "size": 8, "color": colour(name)}, name=word(name), showlegend=False,
                hovertemplate="%{x}<extra>" + word(name) + "</extra>",
            )
        )  # fmt: skip
    return marks


def _strip(windows: Sequence[Window], defects: Sequence[str], axis: str) -> go.Heatmap:
    """A cell is a window until the next one begins."""
    edges: list[int] = []
    columns: list[dict[str, float]] = []
    for window in sorted(windows, key=lambda one: one.start_ms):
        if edges and window.start_ms > edges[-1]:  # one that is not scored yet
            columns.append({})
            edges.append(window.start_ms)
        edges = [*edges[:-1], window.start_ms, window.end_ms]
        columns.append(window.probability)
    return go.Heatmap(
        x=[at(edge) for edge in edges],
        y=[say(f"call.short_{name}") if known(f"call.short_{name}") else name for name in defects],
        z=[[column.get(name) for column in columns] for name in defects],
        yaxis=axis, zmin=0, zmax=1, colorscale=SCALE, showscale=False, hoverinfo="none", ygap=1,
    )  # fmt: skip


def _line(detail: CallDetail, channel: str, defect: str, dash: str, first: bool) -> go.Scatter:
    """A step per window, until the next one begins. Those of the first channel are shown, others at a click."""
    windows = sorted((one for one in detail.windows if one.channel == channel), key=lambda one: one.start_ms)
    name = word(defect) if first else f"{word(defect)} · {word(channel)}"
    x: list[str] = []
    y: list[float | None] = []
    for window, follower in zip(windows, [*windows[1:], None], strict=False):
        end = min(window.end_ms, follower.start_ms) if follower else window.end_ms
        value = window.probability.get(defect)
        x += [at(window.start_ms), at(end)]
        y += [None if value is None else round(100 * value, 1)] * 2
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": colour(defect), "width": 1.5, "dash": dash},
        name=name,
        visible=True if first else "legendonly",
        hovertemplate="%{y:.0f} %<extra>" + name + "</extra>",
    )


def spoken(detail: CallDetail) -> str:
    """What the figure shows, for those who do not see it."""
    return say("call.seen", length=clock(length(detail)), n=len(detail.evidence))
