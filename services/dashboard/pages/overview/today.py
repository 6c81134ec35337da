"""Today so far against the same hours of the days before."""

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from diktor.wire.stats import DefectFigures, Overview
from services.dashboard.asked import api, zone
from services.dashboard.links import to_calls
from services.dashboard.quantities import interval, number, percent
from services.dashboard.words import say, word


def shown(*_: object) -> Component:
    """A card per figure."""
    found = api().stats.get_overview(zone=str(zone()))
    usual_hours = found.before.talk_ms / found.days / 3.6e6 if found.days else None
    cards = [
        _card(
            say("overview.calls"),
            number(found.today.calls),
            to_calls(since=found.since, status="scored"),
            _usual(None if found.usual_calls is None else number(found.usual_calls), found.days),
        ),
        _card(
            say("overview.hours"),
            number(found.today.talk_ms / 3.6e6, 1) + "\u00a0" + say("overview.hour_sign"),
            to_calls(since=found.since, status="scored"),
            _usual(None if usual_hours is None else number(usual_hours, 1), found.days),
        ),
        *(_share(found, one) for one in found.today.defects),
    ]
    return html.Div(cards, className="figures")


def _share(found: Overview, one: DefectFigures) -> Component:
    link = to_calls(since=found.since, defect=one.defect, verdict="likely")
    title = say("overview.share", defect=word(one.defect))
    if one.likely_share is None:
        return _card(title, "–", link, say("overview.unjudged"))
    of = say("overview.of", n=one.judged, k=one.likely, interval=interval(one.likely_share))
    return _card(title, percent(one.likely_share.value), link, of, _against(one, found.before.of(one.defect)))


def _against(today: DefectFigures, before: DefectFigures) -> Component | None:
    """Only where the intervals of both lie apart is it said to be more, or less."""
    if today.likely_share is None or before.likely_share is None:
        return None
    usual = percent(before.likely_share.value)
    if today.likely_share.low > before.likely_share.high:
        return dmc.Badge("▲ " + say("overview.more", usual=usual), color="red", variant="light", className="plain")
    if today.likely_share.high < before.likely_share.low:
        return dmc.Badge("▼ " + say("overview.less", usual=usual), color="teal", variant="light", className="plain")
    return dmc.Text(say("overview.same", usual=usual), size="sm", c="dimmed")


def _usual(value: str | None, days: int) -> str:
    return say("overview.no_usual") if value is None else say("overview.usual", n=days, value=value)


def _card(title: str, value: str, href: str, below: str, more: Component | None = None) -> Component:
    lines = [
        dmc.Text(title, size="sm"),
        dmc.Anchor(value, href=href, className="figure", **{"aria-label": f"{title}: {value}"}),
        dmc.Text(below, size="sm", c="dimmed"),
        *([more] if more is not None else []),
    ]
    return dmc.Paper(dmc.Stack(lines, gap=4, align="flex-start"), withBorder=True, p="md", radius="md")
