"""What the pages of models share: links between them, tables, how long something took, classes by name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from services.dashboard import quantities
from services.dashboard.asked import language
from services.dashboard.page import titled
from services.dashboard.sections import sections
from services.dashboard.words import known, say

HOME = "/models"
PARTS = ("releases", "comparison", "rebuild")


def shown(part: str, title: str, *children: Any, beside: Any = None) -> Component:
    """A page of models."""
    links = [(_href(name), say(f"models.{name}" if name == "releases" else f"models.{name}.title")) for name in PARTS]
    return titled(title, sections(say("models.sections"), links, _href(part)), *children, beside=beside)


def _href(part: str) -> str:
    return HOME if part == "releases" else f"{HOME}/{part}"


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]], width: int = 640) -> Component:
    """A table that scrolls sideways in its own box."""
    return dmc.TableScrollContainer(
        dmc.Table(
            [
                dmc.TableThead(dmc.TableTr([dmc.TableTh(head) for head in heads])),
                dmc.TableTbody([dmc.TableTr([dmc.TableTd(cell) for cell in row]) for row in rows]),
            ],
            verticalSpacing="xs",
            tabularNums=True,
        ),
        minWidth=width,
    )


def facts(*pairs: tuple[str, Any]) -> Component:
    """Names and what they are."""
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in pairs], className="pairs")


def moment(at: datetime | None) -> str:
    """On the visitor's clock."""
    return quantities.moment(at) if at else say("models.none")


def took(start: datetime | None, end: datetime | None) -> str:
    """From one to the other; a dash while it is not over."""
    return seconds((end - start).total_seconds()) if start and end else say("models.none")


def seconds(value: float | None) -> str:
    """In minutes where it is long."""
    if value is None:
        return say("models.none")
    if value < 90:
        return say("models.seconds", s=round(value, 1) if value < 10 else round(value))
    return say("models.minutes", m=int(value // 60), s=int(value % 60))


def number(value: float | None, digits: int = 3) -> str:
    """A figure with so many digits, or a dash where it was not measured."""
    if value is None:
        return say("models.none")
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if language() == "ru" else text


def percent(value: float | None) -> str:
    """Of a share 0..1, with one digit; its unit is in the heading."""
    return number(None if value is None else 100 * value, 1)


def class_name(name: str) -> str:
    """A class of a release in words; of a defect that came later its own name."""
    if name == "none":
        return say("models.class.none")
    return say(f"shell.{name}") if known(f"shell.{name}") else name


def badge(state: str) -> Component:
    """What a release does now."""
    colours = {"active": "teal", "shadow": "blue", "standing by": "blue"}
    return dmc.Badge(say(f"models.state.{state}"), variant="light", color=colours.get(state, "gray"), tt="none")


def run_badge(state: str) -> Component:
    """How a run of a pipeline stands."""
    colours = {"success": "teal", "running": "blue", "failed": "red"}
    text = say(f"models.run.{state}") if known(f"models.run.{state}") else state
    return dmc.Badge(text, variant="light", color=colours.get(state, "gray"), tt="none")
