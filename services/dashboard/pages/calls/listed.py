"""The list of calls. Its filters stand in the address, so that a view can be sent as a link.

Rows come page after page straight from the API (`assets/calls.js`): a cursor leads from one to the next.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from diktor.defects import NAMES
from diktor.wire.accounts import Role, User
from services.dashboard.asked import api, language, local
from services.dashboard.page import titled
from services.dashboard.words import say, word

BLOCK = 100
"""Rows asked for at once."""

FILTERS = ("since", "until", "team", "operator", "defect", "minimum_risk", "verdict", "reviewed", "status")
"""Parameters of the API's list, and of this page's address."""

VERDICTS = ("likely", "possible", "none", "not_enough_evidence")
STATUSES = ("open", "scored", "failed")
ANSWERS = ("true", "false")


def layout(user: User, **asked: Any) -> Component:
    """The page; a parameter that says nothing sensible is no filter."""
    alone = user.role is Role.operator
    return titled(
        say("calls.mine" if alone else "calls.title"),
        _filters(asked, alone),
        html.Div(id="calls-problem", role="alert", className="problem"),
        dmc.Text(say("calls.risk"), size="sm", c="dimmed"),
        _grid(alone),
        dcc.Store(id="calls-words", data=_words()),
        dcc.Store(id="calls-seen"),
        beside=dmc.Group(
            [
                dmc.Button(say("calls.fresh"), id="calls-fresh", variant="light", size="xs", style={"display": "none"}),
                html.A("CSV", id="calls-csv", href="/api/v1/calls/export?format=csv", download="calls.csv"),
                html.A(
                    "Parquet", id="calls-parquet", href="/api/v1/calls/export?format=parquet", download="calls.parquet"
                ),
            ],
            className="exports",
        ),
    )


def register(app: Dash) -> None:
    """Callbacks."""
    app.clientside_callback(
        ClientsideFunction("calls", "look"),
        Output("calls-csv", "href"),
        Output("calls-parquet", "href"),
        *(Input(f"calls-{name}", "value") for name in FILTERS),
        Input("calls-grid", "getRowsRequest"),
        State("calls-words", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("calls", "changed"), Output("calls-fresh", "style"), Input("live", "data")
    )
    app.clientside_callback(
        ClientsideFunction("calls", "again"), Output("calls-seen", "data"), Input("calls-fresh", "n_clicks")
    )
    app.callback(Output("calls-team", "data"), Output("calls-operator", "data"), Input("calls-filters", "id"))(_known)


def _known(_: str) -> tuple[list[str], list[str]]:
    """Teams and operators to choose from; any other may be typed."""
    client = api()
    user = client.accounts.get_me()
    if user.role is Role.operator:
        return [], []
    operators = [group.key for group in client.stats.list_groups("operator")]
    teams = [team.id for team in client.each(client.accounts.list_teams)] if user.role is Role.admin else user.teams
    return teams, operators


def _filters(asked: dict[str, Any], alone: bool) -> Component:
    def many(name: str) -> list[str]:
        value = asked.get(name)
        return value if isinstance(value, list) else [value] if value else []

    def one(name: str, choices: Sequence[str]) -> str | None:
        value = asked.get(name)
        return value if value in choices else None

    def select(name: str, choices: Sequence[str], words: Sequence[str]) -> Component:
        return dmc.Select(
            id=f"calls-{name}",
            label=say(f"calls.{name}"),
            placeholder=say("calls.any"),
            data=[{"value": value, "label": text} for value, text in zip(choices, words, strict=True)],
            value=one(name, choices),
            clearable=True,
            size="xs",
            clearButtonProps={"aria-label": say("calls.clear")},
        )

    def tags(name: str) -> Component:
        field = dmc.TagsInput(
            id=f"calls-{name}", label=say(f"calls.{name}"), value=many(name), clearable=True, size="xs", maxTags=20,
            acceptValueOnBlur=True, placeholder="" if many(name) else say("calls.any"),
            clearButtonProps={"aria-label": say("calls.clear")},
        )  # fmt: skip
        return html.Div(field, hidden=alone)

    def time(name: str) -> Component:
        return dmc.TextInput(
            id=f"calls-{name}", label=say(f"calls.{name}"), value=_local(asked.get(name)), size="xs", debounce=400,
            attributes={"input": {"type": "datetime-local"}},
        )  # fmt: skip

    return html.Div(
        [
            time("since"),
            time("until"),
            tags("team"),
            tags("operator"),
            select("defect", NAMES, [word(name) for name in NAMES]),
            select("verdict", VERDICTS, [word(name) for name in VERDICTS]),
            dmc.NumberInput(
                id="calls-minimum_risk", label=say("calls.minimum_risk"), value=_number(asked.get("minimum_risk")),
                min=0, max=100, step=5, placeholder="0–100", size="xs", debounce=200,
            ),
            select("status", STATUSES, [word(name) for name in STATUSES]),
            select("reviewed", ANSWERS, [say("calls.yes"), say("calls.no")]),
        ],
        id="calls-filters",
        className="filters",
        role="search",
        **{"aria-label": say("calls.filters")},
    )  # fmt: skip


def _grid(alone: bool) -> Component:
    risks: list[dict[str, Any]] = [
        {"field": name, "headerName": word(name), "cellRenderer": "DiktorRisk", "width": 165} for name in NAMES
    ]
    columns: list[dict[str, Any]] = [
        {"field": "began", "headerName": say("calls.began"), "cellRenderer": "DiktorCall", "width": 150},
        {"field": "operator_id", "headerName": say("calls.operator"), "hide": alone, "minWidth": 130, "flex": 1},
        {"field": "team_id", "headerName": say("calls.team"), "hide": alone, "minWidth": 110, "flex": 1},
        {"field": "status", "headerName": say("calls.status"), "width": 125},
        {"field": "lasted", "headerName": say("calls.lasted"), "width": 95, "type": "rightAligned"},
        *risks,
        {"field": "reviewed", "headerName": say("calls.reviewed"), "width": 110},
    ]
    grid = dag.AgGrid(
        id="calls-grid",
        columnDefs=columns,
        defaultColDef={"sortable": False, "resizable": True, "minWidth": 80, "suppressHeaderMenuButton": True},
        rowModelType="infinite",
        dashGridOptions={
            "cacheBlockSize": BLOCK,
            "maxConcurrentDatasourceRequests": -1,  # what the component itself asked first is never answered
            "infiniteInitialRowCount": 12,
            "localeText": {"noRowsToShow": say("calls.nothing"), "loadingOoo": "…"},
            "suppressCellFocus": False,
        },
        style={"height": "100%", "width": "100%"},
    )
    return html.Div(grid, className="grid", role="region", **{"aria-label": say("calls.title")})


def _words() -> dict[str, str]:
    names = (*NAMES, *VERDICTS, *STATUSES)
    return {
        **{name: word(name) for name in names},
        "reviewed": say("calls.yes"),
        "failed_to_load": say("problem.other"),
        "language": language(),
    }


def _local(text: Any) -> str:
    """A moment of the address as the field for it takes it."""
    try:
        return local(datetime.fromisoformat(text)).strftime("%Y-%m-%dT%H:%M")
    except (TypeError, ValueError):
        return ""


def _number(text: Any) -> float | str:
    try:
        return min(max(float(text), 0.0), 100.0)
    except (TypeError, ValueError):
        return ""
