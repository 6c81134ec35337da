"""What the pages of administration share: links between them, tables, a window for a secret that is shown once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from services.dashboard import quantities
from services.dashboard.page import titled
from services.dashboard.sections import sections
from services.dashboard.words import say

HOME = "/administration"
PARTS = ("users", "teams", "tokens", "audit", "retention")


def shown(part: str, *children: Any, beside: Any = None) -> Component:
    """A page of administration."""
    links = [(_href(name), say(f"administration.{name}.title")) for name in PARTS]
    return titled(
        say(f"administration.{part}.title"),
        sections(say("administration.sections"), links, _href(part)),
        *children,
        beside=beside,
    )


def _href(part: str) -> str:
    return HOME if part == "users" else f"{HOME}/{part}"


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]], width: int = 640) -> Component:
    """A table that scrolls sideways in its own box, by keys too."""
    return dmc.TableScrollContainer(
        dmc.Table(
            [
                dmc.TableThead(dmc.TableTr([dmc.TableTh(head) for head in heads])),
                dmc.TableTbody([dmc.TableTr([dmc.TableTd(cell) for cell in row]) for row in rows]),
            ],
            highlightOnHover=True,
            verticalSpacing="xs",
        ),
        minWidth=width,
        scrollAreaProps={"viewportProps": {"tabIndex": 0}},
    )


def moment(at: datetime | None, none: str = "") -> str:
    """On the visitor's clock."""
    return quantities.moment(at) if at else none or say("administration.none")


def badge(text: str, good: bool) -> Component:
    """A state: its words say it, not its colour."""
    return dmc.Badge(text, variant="light", color="teal" if good else "gray", tt="none")


def window(id_: str, title: str, *children: Any, **more: Any) -> Component:
    """A window over the page, closed at first; its parts are there, so that callbacks find them."""
    return dmc.Modal(
        dmc.Stack(list(children)),
        id=id_,
        title=title,
        opened=False,
        keepMounted=True,
        closeButtonProps={"aria-label": say("administration.cancel")},
        **more,
    )


def secret_window() -> Component:
    """Filled by `secret` and closed by hand only; closing it forgets the secret."""
    return window(
        "secret",
        say("administration.once"),
        html.Div(id="secret-shown"),
        closeOnClickOutside=False,
        closeOnEscape=False,
    )


def secret(label: str, value: str) -> Component:
    """A secret with a button that copies it."""
    return dmc.Stack(
        [
            dmc.Text(label, fw=600),
            dmc.Code(value, block=True, id="secret-value", className="code"),
            dmc.Alert(say("administration.once_why"), color="orange"),
            dmc.Group(
                [
                    dmc.CopyButton(
                        say("administration.copy"), value=value, copiedChildren=say("administration.copied")
                    ),
                    dmc.Button(say("administration.done"), id="secret-done", variant="default"),
                ]
            ),
        ]
    )


def register_secret(app: Dash) -> None:
    """Its button closes the window, and what is closed forgets what it held."""
    app.callback(
        Output("secret", "opened", allow_duplicate=True), Input("secret-done", "n_clicks"), prevent_initial_call=True
    )(lambda clicks: not clicks)
    app.callback(
        Output("secret-shown", "children", allow_duplicate=True), Input("secret", "opened"), prevent_initial_call=True
    )(lambda opened: dash.no_update if opened else None)
