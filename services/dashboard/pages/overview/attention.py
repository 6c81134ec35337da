"""Operators who need attention: whose calls have a defect more often than their team's, if numbers can say so."""

from typing import NamedTuple

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from diktor.client import Client
from diktor.wire.stats import Group, Share
from services.dashboard.asked import api
from services.dashboard.figures import colour
from services.dashboard.links import to_calls, to_operator
from services.dashboard.page import empty
from services.dashboard.quantities import interval, percent
from services.dashboard.words import say, word

SHOWN = 8
ASKED = 20
"""Of each defect the first so many are looked at: those with the highest lower ends of their intervals."""

FEWEST = 20
"""Calls; nobody is held against others by fewer."""


class Found(NamedTuple):
    """An operator and a defect. `team` is the share of their team, `above` that their whole interval lies over it."""

    operator: str
    team_id: str
    defect: str
    judged: int
    likely: int
    share: Share
    team: Share | None

    @property
    def above(self) -> bool:
        """Whether it can be said that it is more than in the team."""
        return self.team is not None and self.share.low > self.team.value

    @property
    def order(self) -> tuple[bool, float]:
        """Those above first, by the lower end of their interval."""
        return not self.above, -self.share.low


def shown(*_: object) -> Component:
    """A line each."""
    found, too_few = looked(api())
    said = [dmc.Text(say("overview.too_few", n=too_few, fewest=FEWEST), size="sm", c="dimmed")] if too_few else []
    if not found:
        return html.Div([empty(say("overview.nobody", n=FEWEST)), *said])
    how = dmc.Text(say("overview.attention_how"), size="sm", c="dimmed")
    return dmc.Stack([how, html.Ol([_line(one) for one in found[:SHOWN]], className="attention"), *said], gap="xs")


def looked(client: Client) -> tuple[list[Found], int]:
    """Operators in order, and how many have too few calls."""
    teams = {group.key: group for group in client.stats.list_groups("team")}
    names = [one.defect for group in list(teams.values())[:1] for one in group.figures.defects]
    found: list[Found] = []
    too_few = 0
    for name in names:
        board = client.stats.list_leaderboard(order="likely", order_defect=name, minimum_calls=FEWEST, limit=ASKED)
        too_few = board.too_few
        found += [one for item in board.items if (one := _of(item.group, name, teams.get(item.group.team_id)))]
    return sorted(found, key=lambda one: one.order), too_few


def _of(group: Group, defect: str, team: Group | None) -> Found | None:
    figures = group.figures.of(defect)
    if figures.likely_share is None or figures.likely == 0:
        return None
    of_team = team.figures.of(defect).likely_share if team else None
    return Found(
        group.key, group.team_id, defect, figures.judged, figures.likely, figures.likely_share, of_team
    )  # fmt: skip


def _line(one: Found) -> Component:
    said = say("overview.of", n=one.judged, k=one.likely, interval=interval(one.share))
    against = say("overview.team_share", value=percent(one.team.value)) if one.team else ""
    mark = dmc.Badge(say("overview.above"), color="red", variant="light", size="sm", className="plain")
    return html.Li(
        [
            html.Div(
                [
                    dmc.Anchor(one.operator, href=to_operator(one.operator), fw=600),
                    dmc.Text(one.team_id, size="sm", c="dimmed", span=True),
                    *([mark] if one.above else []),
                ],
                className="who",
            ),
            html.Div(
                [
                    dmc.Anchor(
                        f"{word(one.defect)}: {percent(one.share.value)}",
                        href=to_calls(operator=one.operator, defect=one.defect, verdict="likely"),
                        size="sm",
                    ),
                    dmc.Text(f"{said}{against}", size="sm", c="dimmed"),
                ]
            ),
            _bar(one),
        ]
    )


def _bar(one: Found) -> Component:
    """The interval on a line from 0 to 100 %, the share as a dot, the team's as a stroke; the words stand beside it."""
    width = one.share.high - one.share.low
    team = [html.Span(className="team", style={"left": f"{100 * one.team.value:.1f}%"})] if one.team else []
    tint = {"background": colour(one.defect)}
    return html.Div(
        [
            html.Span(
                className="range", style={"left": f"{100 * one.share.low:.1f}%", "width": f"{100 * width:.1f}%", **tint}
            ),
            html.Span(className="dot", style={"left": f"{100 * one.share.value:.1f}%", **tint}),
            *team,
        ],
        className="interval",
        **{"aria-hidden": "true"},
    )
