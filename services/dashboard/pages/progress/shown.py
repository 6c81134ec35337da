"""Personal bests, and mastery over time."""

from typing import Any, get_args

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash.development.base_component import Component

from diktor.wire.training import Bests, Part, Progress
from services.dashboard.asked import local
from services.dashboard.figures import figure, graph
from services.dashboard.page import empty
from services.dashboard.pages.training.result import gauge, part_colour
from services.dashboard.words import say

PARTS: tuple[Part | str, ...] = ("total", *get_args(Part))
MARKS = dict(zip(PARTS, ("circle", "square", "diamond", "triangle-up", "x", "cross"), strict=True))
"""Lines are told apart without their colours."""


def bests(found: Bests) -> Component:
    """A gauge for each, with its day."""
    if not found.bests:
        return empty(say("progress.no_bests"))
    known = {best.part: best for best in found.bests}
    return dmc.Group(
        [
            dmc.Stack(
                [
                    gauge(part, known[part].mastery),
                    dmc.Text(say(f"training.part.{part}"), size="sm", fw=600),
                    dmc.Text(f"{local(known[part].at):%d.%m.%Y}", size="sm", c="dimmed"),
                ],
                align="center",
                gap=2,
                miw=96,
            )
            for part in PARTS
            if part in known
        ],
        gap="md",
    )


def over_time(found: Progress, own: bool) -> Component:
    """A line for each part, and of how many attempts they are."""
    if not found.days:
        train = [dmc.Anchor(say("progress.train"), href="/training")] if own else []
        return empty(say("progress.none_own" if own else "progress.none"), *train)
    count = sum(day.attempts for day in found.days)
    told = f"{say('progress.attempts', n=count)} {say('progress.days', n=len(found.days))}. {say('progress.scale')}"
    shown = figure(
        *_lines(found),
        yaxis={"range": [-4, 104], "title": {"text": say("progress.axis"), "font": {"size": 13}}, "dtick": 25},
        xaxis={"type": "date", "tickformat": "%d.%m", "nticks": 8},
    )
    return dmc.Stack(
        [dmc.Text(told, size="sm", c="dimmed"), graph("progress-lines", say("progress.plot"), 340, shown)], gap="xs"
    )


def _lines(found: Progress) -> list[Any]:
    lines = []
    for part in PARTS:
        points = [(day.day, getattr(day.mastery, part), day.attempts) for day in found.days]
        points = [point for point in points if point[1] is not None]
        if not points:
            continue
        days, values, counts = zip(*points, strict=True)
        lines.append(
            go.Scatter(
                x=days,
                y=values,
                customdata=[say("progress.attempts", n=count) for count in counts],
                name=say(f"training.part.{part}"),
                mode="lines+markers",
                line={"color": part_colour(part), "width": 4 if part == "total" else 2},
                marker={"symbol": MARKS[part], "size": 9},
                hovertemplate="%{y:.0f} (%{customdata})",
            )
        )
    return lines
