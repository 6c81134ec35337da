"""The audit log: who did what to what, with filters that are in the address, page by page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dash_mantine_components as dmc
import msgspec
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component

from diktor.wire.accounts import User
from diktor.wire.operations import AuditEntry
from services.dashboard.asked import api
from services.dashboard.page import empty, skeleton
from services.dashboard.pages.administration import parts
from services.dashboard.people import people
from services.dashboard.words import say

DAYS = ("1", "7", "30", "0")
ACTIONS = (
    "accounts", "accounts.log_in", "accounts.log_in_failed", "accounts.create_user", "accounts.change_user",
    "accounts.reset_password", "accounts.create_token", "accounts.revoke_token", "calls", "calls.listen",
    "calls.export", "calls.review", "calls.upload", "calls.erase", "calls.erase_person", "models", "models.activate",
    "models.roll_back", "pipelines", "pipelines.start", "training", "training.listen",
)  # fmt: skip
"""Offered while one types; any other can be asked for too."""
FILTERS = ("actor", "action", "subject")


def layout(user: User, actor: str = "", action: str = "", subject: str = "", days: str = "7", **_: str) -> Component:
    """The page."""
    filters = dmc.Group(
        [
            _field("actor", actor),
            dmc.Autocomplete(
                id="audit-action",
                data=list(ACTIONS),
                value=action,
                label=_said("action"),
                placeholder=_said("action_help"),
                debounce=300,
                w=220,
            ),
            _field("subject", subject),
            dmc.Select(
                id="audit-days",
                data=[{"value": value, "label": _said(f"days.{value}")} for value in DAYS],
                value=days if days in DAYS else "7",
                allowDeselect=False,
                label=_said("period"),
                w=130,
            ),
        ],
        align="flex-end",
    )
    turn = dmc.Group(
        [
            dmc.Button(_said("newer"), id="audit-newer", variant="default", disabled=True),
            dmc.Button(_said("older"), id="audit-older", variant="default", disabled=True),
        ]
    )
    return parts.shown(
        "audit",
        filters,
        html.Div(skeleton(320), id="audit-table"),
        turn,
        dcc.Store(id="audit-cursors", data={"before": [], "next": None}),
    )


def register(app: Dash) -> None:
    """Its callbacks."""
    filters = [Input(f"audit-{name}", "value") for name in (*FILTERS, "days")]
    app.callback(
        Output("audit-table", "children"),
        Output("audit-cursors", "data"),
        Output("audit-newer", "disabled"),
        Output("audit-older", "disabled"),
        *filters,
        Input("audit-newer", "n_clicks"),
        Input("audit-older", "n_clicks"),
        State("audit-cursors", "data"),
    )(_shown)
    app.clientside_callback(
        ClientsideFunction("administration", "audit"), Output("audit-days", "id"), *filters, prevent_initial_call=True
    )


def _field(name: str, value: str) -> Component:
    return dmc.TextInput(
        id=f"audit-{name}",
        value=value,
        label=_said(name),
        placeholder=_said(f"{name}_help"),
        debounce=300,
        w=220,
    )


def _shown(
    actor: str, action: str, subject: str, days: str, newer: int, older: int, cursors: dict[str, Any]
) -> tuple[Any, ...]:
    before: list[str | None] = []
    if ctx.triggered_id == "audit-older":
        before = [*cursors["before"], cursors["next"]]
    elif ctx.triggered_id == "audit-newer":
        before = cursors["before"][:-1]
    names = people()
    ids = {login: key for key, login in names.items()}
    page = api().operations.list_audit(
        actor=ids.get(actor.strip(), actor.strip()) or None,
        action=action.strip() or None,
        subject=subject.strip() or None,
        since=datetime.now(UTC) - timedelta(days=int(days)) if days != "0" else None,
        cursor=before[-1] if before else None,
    )
    kept = {"before": before, "next": page.next}
    if not page.items:
        return empty(_said("none")), kept, not before, True
    heads = [_said(name) for name in ("at", "actor", "action", "subject", "detail")]
    rows = [_row(entry, names) for entry in page.items]
    return parts.table(heads, rows, width=760), kept, not before, page.next is None


def _row(entry: AuditEntry, names: dict[str, str]) -> list[Any]:
    detail = msgspec.json.encode(entry.detail).decode() if entry.detail else ""
    subject = names.get(f"user:{entry.subject}", entry.subject)
    return [
        dmc.Text(parts.moment(entry.at), size="sm", style={"whiteSpace": "nowrap"}),
        dmc.Text(names.get(entry.actor, entry.actor), size="sm", fw=600),
        html.Span(entry.action, className="code"),
        html.Span(subject, className="code"),
        html.Span(detail, className="code"),
    ]


def _said(key: str) -> str:
    return say(f"administration.audit.{key}")
