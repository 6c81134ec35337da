"""What a page is, and what stands around each: who may see it, a title, a skeleton until it has what it shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dash
import dash_mantine_components as dmc
from dash.development.base_component import Component

from diktor.wire.accounts import Role, User
from services.dashboard.asked import api
from services.dashboard.words import say

LOCATION = "_pages_location"
"""Dash's own, where the address is."""

Layout = Callable[..., Component]
"""(user, **variables of the path and of the query) → what the page shows at once; what takes time comes by callback."""


@dataclass(frozen=True)
class Page:
    """A page. `name` is its area of messages: `NAME.title` is its title and its place in the menu.

    `path` may have variables, `/calls/<call_id>`. `register` adds its callbacks. `menu`: it stands in the menu.
    """

    name: str
    path: str
    layout: Layout
    register: Callable[[dash.Dash], None] = lambda app: None
    role: Role | None = Role.operator
    menu: bool = True

    def shown_to(self, user: User | None) -> bool:
        """Whether it is there for this visitor; a page without a role is for everybody."""
        return self.role is None or (user is not None and user.role.rank >= self.role.rank)

    def show(self, **variables: Any) -> Component:
        """The page for whoever asks; what they may not see is as if it were not there."""
        if any("/" in str(value) for name, value in variables.items() if f"<{name}>" in self.path):
            return nothing_here()  # Dash takes `/calls/a/b` for a call
        user = api().accounts.get_me() if self.role else None
        return self.layout(user, **variables) if self.shown_to(user) else nothing_here()


def nothing_here(**_: Any) -> Component:
    """No such page, or not for this visitor."""
    return dmc.Stack(
        [
            dmc.Title(say("shell.nothing_here"), order=1),
            dmc.Text(say("shell.nothing_here_why")),
            dmc.Anchor(say("shell.home"), href="/"),
        ]
    )


def titled(title: str, *children: Any, beside: Any = None) -> Component:
    """A page's heading with what stands beside it, and the rest below."""
    heading = dmc.Group([dmc.Title(title, order=1), *([beside] if beside is not None else [])], justify="space-between")
    return dmc.Stack([heading, *children], gap="md")


def card(title: str, *children: Any, id_: Any = None, beside: Any = None) -> Component:
    """A part of a page with a heading of its own."""
    heading = dmc.Group(
        [dmc.Title(title, order=2, size="h4"), *([beside] if beside is not None else [])], justify="space-between"
    )
    named = {} if id_ is None else {"id": id_}
    return dmc.Paper(dmc.Stack([heading, *children], gap="sm"), withBorder=True, p="md", radius="md", **named)


def skeleton(height: int = 160) -> Component:
    """Stands where something will be."""
    return dmc.Skeleton(height=height, radius="md")


def empty(text: str, *actions: Any) -> Component:
    """Nothing to show yet, and what to do about it."""
    return dmc.Stack([dmc.Text(text, c="dimmed"), *actions], align="flex-start", className="empty")
