"""The table of operators or teams. Its headings are buttons that order it; the order is kept in a store beside it."""

from typing import Any, TypedDict

import dash_mantine_components as dmc
from dash.development.base_component import Component

from diktor.wire.stats import Leaderboard, Rank
from services.dashboard.pages.operators import cells
from services.dashboard.quantities import number
from services.dashboard.words import say, word

SORT = "operators-sort"


class Order(TypedDict):
    """By what: `key`, `calls`, `talk`, or `likely` of a defect."""

    by: str
    defect: str
    descending: bool


def turned(order: Order, by: str, defect: str) -> Order:
    """The order after somebody chose a heading: the same one again turns it round; names begin with the first."""
    same = (order["by"], order["defect"] if by == "likely" else defect) == (by, defect)
    return Order(by=by, defect=defect, descending=not order["descending"] if same else by != "key")


def table(found: Leaderboard, kind: str, order: Order, sortable: bool = True) -> Component:
    """A page of them; it scrolls sideways in its own box."""
    defects = [figures.defect for figures in found.items[0].group.figures.defects]
    team = [dmc.TableTh(say("operators.team"))] if kind == "operator" else []
    heading = _heading if sortable else _plain
    head = [
        heading("key", "", say(f"operators.{kind}"), order),
        *team,
        heading("calls", "", say("operators.calls"), order),
        heading("talk", "", say("operators.talk"), order),
        *(heading("likely", defect, word(defect), order) for defect in defects),
    ]
    return dmc.TableScrollContainer(
        dmc.Table(
            [dmc.TableThead(dmc.TableTr(head)), dmc.TableTbody([_row(rank, kind) for rank in found.items])],
            highlightOnHover=True,
            verticalSpacing="xs",
            tabularNums=True,
        ),
        minWidth=640 + (100 if team else 0),
    )


def _heading(by: str, defect: str, text: str, order: Order) -> Component:
    chosen = order["by"] == by and (by != "likely" or order["defect"] == defect)
    way = ("descending" if order["descending"] else "ascending") if chosen else "none"
    mark = {"descending": " ↓", "ascending": " ↑", "none": ""}[way]
    button = dmc.UnstyledButton(
        text + mark,
        id={"type": SORT, "by": by, "defect": defect},
        className="sort",
        fw=650,
        fz="sm",
        **{"aria-label": say("operators.sort", what=text)},
    )
    return dmc.TableTh(button, **{"aria-sort": way})


def _plain(by: str, defect: str, text: str, order: Order) -> Component:
    return dmc.TableTh(text)


def _row(rank: Rank, kind: str) -> Component:
    group, figures = rank.group, rank.group.figures
    team: list[Any] = [dmc.TableTd(cells.link("team", group.team_id))] if kind == "operator" else []
    return dmc.TableTr(
        [
            dmc.TableTd(cells.link(kind, group.key)),
            *team,
            dmc.TableTd(number(figures.calls)),
            dmc.TableTd(cells.hours(figures.talk_ms)),
            *(dmc.TableTd(cells.share(defect)) for defect in figures.defects),
        ]
    )
