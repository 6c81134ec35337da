"""An area with several pages: links between them, the one that is shown marked."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

Section = tuple[str, str]
"""An address and what it is called."""


def sections(label: str, pages: Sequence[Section], current: str) -> Component:
    """The links; `label` says to a screen reader what they are."""
    links = [
        dmc.Anchor(
            text,
            href=href,
            className="section",
            underline="never",
            c="inherit",
            **({"aria-current": "page"} if href == current else {}),
        )
        for href, text in pages
    ]
    return html.Nav(links, className="sections", **{"aria-label": label})
