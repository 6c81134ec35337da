"""An operator's or a team's page: figures beside the others', over time, what to practise, what training did, calls."""

from collections.abc import Sequence
from typing import Any, Literal, TypedDict, cast
from urllib.parse import unquote

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.client.areas.stats import Chosen
from diktor.wire.accounts import User
from diktor.wire.calls import Call
from diktor.wire.stats import DefectFigures, Figures
from diktor.wire.training import Progress
from services.dashboard.asked import api, zone
from services.dashboard.figures import colour, graph
from services.dashboard.links import to_call, to_calls
from services.dashboard.page import card, empty, skeleton, titled
from services.dashboard.pages.operators import cells, plots, practice
from services.dashboard.pages.operators.listed import DAYS, DEFECT, period
from services.dashboard.pages.operators.table import Order, table
from services.dashboard.quantities import moment, percent
from services.dashboard.words import say, word

Kind = Literal["operator", "team"]
STEPS = 10
LATEST = 8


class Who(TypedDict):
    """Whose page it is."""

    kind: Kind
    key: str


def operator(user: User, operator_id: str, days: str = "90", **_: str) -> Component:
    """An operator's page."""
    return _layout("operator", unquote(operator_id), days)


def team(user: User, team_id: str, days: str = "90", **_: str) -> Component:
    """A team's page."""
    return _layout("team", unquote(team_id), days)


def _layout(kind: Kind, key: str, days: str) -> Component:
    one = {"operator": "one", "team": "team"}[kind]
    select = dmc.Select(
        id="one-days",
        data=[{"value": value, "label": say(f"operators.days.{value}")} for value in DAYS],
        value=days if days in DAYS else "90",
        allowDeselect=False,
        w=120,
        **{"aria-label": say("operators.period")},
    )
    back = dmc.Anchor(f"← {say(f'operators.{one}.back')}", href="/operators" + ("?by=team" if kind == "team" else ""))
    first, second = ("practise", "effect") if kind == "operator" else ("effect", "members")
    return titled(
        f"{say(f'operators.{one}.title')} {key}",
        dcc.Store(id="one-who", data=Who(kind=kind, key=key)),
        _part("figures"),
        dmc.SimpleGrid([_part("trend"), _spread()], cols={"base": 1, "lg": 2}),
        dmc.SimpleGrid([_part(first), _part(second)], cols={"base": 1, "lg": 2})
        if kind == "operator"
        else dmc.Stack([_part(second), _part(first)]),
        _part("latest"),
        beside=dmc.Group([back, select]),
    )


def register(app: Dash) -> None:
    """Both pages' callbacks: every part comes by itself."""
    who, days = Input("one-who", "data"), Input("one-days", "value")
    for part, made in (
        ("figures", _figures),
        ("trend", _trend),
        ("practise", _practise),
        ("effect", _effect),
        ("members", _members),
        ("latest", _latest),
    ):
        app.callback(Output(f"one-{part}", "children"), who, days)(made)
    app.callback(
        Output("one-spread", "children"), Output("one-defect", "data"), who, days, Input("one-defect", "value")
    )(_spread_of)
    app.clientside_callback(
        ClientsideFunction("operators", "days"), Output("one-days", "id"), days, prevent_initial_call=True
    )


def _part(name: str, *more: Component) -> Component:
    return card(say(f"operators.{name}"), *more, html.Div(skeleton(), id=f"one-{name}"))


def _spread() -> Component:
    choice = dmc.SegmentedControl(
        id="one-defect",
        data=[{"value": DEFECT, "label": word(DEFECT)}],
        value=DEFECT,
        size="xs",
        **{"aria-label": say("operators.defect")},
    )
    return _part("spread", choice)


def _chosen(who: Who, days: str) -> Chosen:
    return cast(Chosen, {**period(days), who["kind"]: [who["key"]]})


def _others(who: Who, days: str) -> tuple[Chosen, str]:
    """Beside whom: an operator's team, a team's all that one sees."""
    if who["kind"] == "operator":
        groups = api().stats.list_groups(by="operator", **_chosen(who, days))
        if groups and (named := groups[0].team_id):
            return cast(Chosen, {**period(days), "team": [named]}), say("operators.the_team", team=named)
    return period(days), say("operators.everybody")


def _figures(who: Who, days: str) -> Component:
    found = api().stats.get_totals(**_chosen(who, days))
    if not found.calls:
        return empty(say("operators.nobody"))
    chosen, whom = _others(who, days)
    others = api().stats.get_totals(**chosen)
    line = say("operators.totals", n=found.calls, hours=cells.hours(found.talk_ms))
    tiles: list[Component] = [_tile(figures, others, whom) for figures in found.defects]
    return dmc.Stack([dmc.Text(line), dmc.SimpleGrid(tiles, cols={"base": 1, "xs": 2, "md": 3})], gap="sm")


def _tile(figures: DefectFigures, others: Figures, whom: str) -> Component:
    beside = others.of(figures.defect)
    share = beside.likely_share
    told = (
        say("operators.beside", whom=whom, share=percent(share.value), interval=cells.interval(beside))
        if share
        else say("operators.beside_none", whom=whom)
    )
    name = dmc.Text(word(figures.defect), fw=600)
    return dmc.Stack([name, cells.share(figures), dmc.Text(told, size="xs", c="dimmed")], gap=2)


def _trend(who: Who, days: str) -> Component:
    width: Literal["day", "week"] = "day" if days == DAYS[0] else "week"
    shown = plots.trend(api().stats.list_trend(width=width, zone=str(zone()), **_chosen(who, days)))
    if shown is None:
        return empty(say("operators.trend_none"))
    return graph("one-trend-plot", say("operators.trend_label"), 320, shown)


def _spread_of(who: Who, days: str, defect: str) -> tuple[Component, list[dict[str, str]]]:
    own = api().stats.list_distribution(steps=STEPS, **_chosen(who, days))
    data = [{"value": item.defect, "label": word(item.defect)} for item in own]
    chosen, whom = _others(who, days)
    others = api().stats.list_distribution(steps=STEPS, **chosen)
    pair = [next((item for item in some if item.defect == defect), some[0]) for some in (own, others)]
    shown = plots.spread(pair[0], who["key"], pair[1], whom)
    if shown is None:
        return empty(say("operators.trend_none")), data
    return graph("one-spread-plot", say("operators.spread_label"), 290, shown), data


def _practise(who: Who, days: str) -> list[Component]:
    return practice.exercises(api().stats.get_totals(**_chosen(who, days)))


def _effect(who: Who, days: str) -> list[Component]:
    whose = cast(Chosen, {who["kind"]: [who["key"]]})
    lines = practice.effect(api().stats.get_training_effect(**whose))
    return [*([practice.progress(_progress(who["key"]), who["key"])] if who["kind"] == "operator" else []), *lines]


def _progress(operator_id: str) -> Progress | None:
    try:
        return api().training.get_progress(operator=operator_id)
    except ApiError as error:
        if error.status == 404:
            return None
        raise


def _members(who: Who, days: str) -> Component:
    order = Order(by="likely", defect=DEFECT, descending=True)
    found = api().stats.list_leaderboard(minimum_calls=1, order_defect=DEFECT, limit=100, **_chosen(who, days))
    return table(found, "operator", order, sortable=False) if found.items else empty(say("operators.nobody"))


def _latest(who: Who, days: str) -> Component:
    filters = cast(Any, {"since": period(days)["since"], who["kind"]: [who["key"]], "verdict": "likely"})
    calls = api().calls.list(limit=LATEST, **filters).items
    every = dmc.Anchor(say("operators.latest_all"), href=to_calls(**{who["kind"]: who["key"]}), size="sm")
    if not calls:
        return empty(say("operators.latest_none"), every)
    heads = [dmc.TableTh(say(f"operators.{name}")) for name in ("started", "length", "found")]
    shown = dmc.Table([dmc.TableThead(dmc.TableTr(heads)), dmc.TableTbody(_rows(calls))], highlightOnHover=True)
    return dmc.Stack([dmc.TableScrollContainer(shown, minWidth=520), every], gap="sm")


def _rows(calls: Sequence[Call]) -> list[Component]:
    return [
        dmc.TableTr(
            [
                dmc.TableTd(dmc.Anchor(moment(call.started_at), href=to_call(call.call_id), size="sm")),
                dmc.TableTd(f"{call.duration_ms // 60000}:{call.duration_ms // 1000 % 60:02}"),
                dmc.TableTd(dmc.Group(_findings(call), gap="md")),
            ]
        )
        for call in calls
    ]


def _findings(call: Call) -> list[Component]:
    """What is likely, on the channel on which it is strongest; and whether somebody looked already."""
    likely = [item for item in call.judgements if item.verdict == "likely" and item.risk is not None]
    strongest = {item.defect: item for item in sorted(likely, key=lambda item: item.risk or 0)}
    found: list[Component] = [
        dmc.Group(
            [
                html.Span(className="dot", style={"background": colour(name)}, **{"aria-hidden": "true"}),
                dmc.Text(say("operators.risk", defect=word(name), risk=round(item.risk or 0)), size="sm"),
            ],
            gap=6,
            wrap="nowrap",
        )
        for name, item in strongest.items()
    ]
    return [*found, *([dmc.Badge(say("operators.reviewed"), variant="light", color="gray")] if call.reviewed else [])]
