"""Tables that are wider than a phone."""

from dash import html
from dash.development.base_component import Component


def scrolled(table: Component) -> Component:
    """The table in a box of its own that scrolls sideways where the page is narrower, by keys too."""
    return html.Div(table, className="scrolled", tabIndex=0)
