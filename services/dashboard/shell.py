"""What stands around every page: name, menu, language, light or dark, who is logged in, messages, the line that says
that the API is away."""

from collections.abc import Sequence
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.wire.accounts import User
from services.dashboard.asked import LANGUAGES, api, language, theme
from services.dashboard.page import LOCATION, Page
from services.dashboard.pages.login import form
from services.dashboard.theme import THEME
from services.dashboard.words import say


def layout() -> Component:
    """Made anew for every visitor: language and theme are theirs."""
    return dmc.MantineProvider(
        id="provider",
        theme=THEME,
        forceColorScheme=theme(),
        children=[
            html.A(say("shell.to_content"), href="#content", className="to-content"),
            dmc.NotificationContainer(id="notifications", position="top-right"),
            html.Dialog([dmc.Text(say("login.again"), mb="md"), form(again=True)], id="again"),
            html.Div(say("shell.away"), id="away", role="status", hidden=True),
            dcc.Store(id="theme", data=theme()),
            dcc.Store(id="live"),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(_header()),
                    dmc.AppShellNavbar(html.Nav(id="menu", **{"aria-label": say("shell.menu")}), p="sm"),
                    dmc.AppShellMain(html.Div(dash.page_container, id="content", tabIndex="-1")),
                ],
                id="shell",
                header={"height": 56},
                navbar={"width": 232, "breakpoint": "sm", "collapsed": {"mobile": True}},
                padding="md",
            ),
        ],
    )


def register(app: Dash, pages: Sequence[Page]) -> None:
    """The shell's callbacks."""

    def menu(pathname: str) -> tuple[Any, Any]:
        try:
            user = api().accounts.get_me()
        except ApiError as error:
            if error.status != 401:
                raise
            user = None  # the page itself sends them to the log-in, unless it is for everybody
        return _menu(pages, user), _who(user)

    app.callback(Output("menu", "children"), Output("who", "children"), Input(LOCATION, "pathname"))(menu)
    for name, outputs, inputs in (
        ("burger", Output("shell", "navbar"), (Input("burger", "opened"), State("shell", "navbar"))),
        ("arrived", Output("burger", "opened"), (Input(LOCATION, "pathname"),)),
        ("theme", Output("theme", "data"), (Input("dark", "n_clicks"), State("theme", "data"))),
        ("scheme", Output("provider", "forceColorScheme"), (Input("theme", "data"),)),
        ("language", Output("language", "id"), (Input("language", "value"),)),
    ):
        app.clientside_callback(ClientsideFunction("shell", name), outputs, *inputs, prevent_initial_call=True)


def _header() -> Component:
    return dmc.Group(
        [
            dmc.Burger(id="burger", size="sm", hiddenFrom="sm", opened=False, **{"aria-label": say("shell.menu")}),
            dmc.Anchor("Diktor", href="/", fw=700, size="lg", underline="never", c="inherit"),
            dmc.Group(
                [
                    dmc.Select(
                        id="language",
                        data=[{"value": code, "label": code.upper()} for code in LANGUAGES],
                        value=language(),
                        allowDeselect=False,
                        w=70,
                        size="xs",
                        **{"aria-label": say("shell.language")},
                    ),
                    dmc.Button(
                        "◐", id="dark", variant="subtle", size="compact-md", **{"aria-label": say("shell.theme")}
                    ),
                    html.Div(id="who"),
                ],
                ml="auto",
                gap="xs",
                wrap="nowrap",
            ),
        ],
        h="100%",
        px="md",
        wrap="nowrap",
    )


def _menu(pages: Sequence[Page], user: User | None) -> list[Component]:
    if user is None:
        return []
    shown = [page for page in pages if page.menu and page.shown_to(user)]
    return [
        dmc.NavLink(label=say(f"{page.name}.title"), href=page.path, active="exact" if page.path == "/" else "partial")
        for page in shown
    ]


def _who(user: User | None) -> Component | None:
    if user is None:
        return None
    return dmc.Anchor(
        user.name or user.login,
        href="/profile",
        size="sm",
        maw={"base": 90, "sm": 180},
        truncate="end",
        display="block",
    )
