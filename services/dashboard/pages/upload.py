"""Sending recordings in: the browser sends them to the API itself (`assets/upload.js`) and shows how far each is."""

import json
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from diktor.wire.accounts import Role, User
from diktor.wire.calls import Batch
from services.dashboard.asked import api
from services.dashboard.page import Page, card, empty, skeleton, titled
from services.dashboard.quantities import moment
from services.dashboard.words import say, texts

DIRECTIONS = ("unknown", "inbound", "outbound")
CHANNELS = {"as_usual": "", "turned": "customer,operator"}
FATES = ("waiting", "sent", "scored", "failed", "refused", "erased")
NAMED = ("rhotacism", "fricative_g", "stuttering", "likely", "possible", "not_enough_evidence")
"""What of the shell's messages the script says too."""


def layout(user: User, batch: str = "", **_: str) -> Component:
    """The page; an address with a batch shows that upload."""
    problem = _problem(user)
    rules = dcc.Store(id="upload-rules", data={"team": user.role is Role.supervisor, "batch": batch})
    said = {**texts("upload"), **{name: say(f"shell.{name}") for name in NAMED}}
    return titled(
        say("upload.title"),
        dcc.Store(id="upload-changed"),
        html.Div(
            dmc.Alert(problem, color="orange") if problem else dmc.Stack([rules, _form(user), _files()]),
            id="upload",
            **{"data-say": json.dumps(said, ensure_ascii=False)},
        ),
        card(say("upload.earlier"), html.Div(skeleton(), id="upload-earlier")),
    )


def register(app: Dash) -> None:
    """The page's callbacks."""
    app.clientside_callback(
        ClientsideFunction("upload", "fields"),
        Output("upload", "id"),
        Input("upload-team", "value"),
        Input("upload-operator", "value"),
        Input("upload-direction", "value"),
        Input("upload-channels", "value"),
        Input("upload-rules", "data"),
    )
    app.callback(Output("upload-earlier", "children"), Input("upload-changed", "data"))(earlier)


def earlier(changed: Any) -> Component:
    """One's uploads, the newest first."""
    found = api().calls.list_batches(limit=20).items
    if not found:
        return empty(say("upload.none_earlier"))
    names = ("at", "operator", "team", "count", "fate")
    head = dmc.TableThead(dmc.TableTr([*(dmc.TableTh(say(f"upload.{name}")) for name in names), dmc.TableTd()]))
    table = dmc.Table([head, dmc.TableTbody([_line(batch) for batch in found])])
    return dmc.TableScrollContainer(table, minWidth=640)


def _line(batch: Batch) -> Component:
    counts = [say(f"upload.counted.{fate}", n=batch.counts[fate]) for fate in FATES if batch.counts.get(fate)]
    link = dmc.Anchor(say("upload.show"), href=f"/upload?batch={batch.batch_id}", size="sm")
    cells = (
        moment(batch.created_at),
        "" if batch.operator_id == "unknown" else batch.operator_id,
        "" if batch.team_id == "unknown" else batch.team_id,
        len(batch.files),
        ", ".join(counts),
    )
    return dmc.TableTr([*(dmc.TableTd(cell) for cell in cells), dmc.TableTd(link)])


def _problem(user: User) -> str:
    """Why this user cannot send any."""
    if user.role is Role.operator and not user.operator_id:
        return say("upload.no_operator")
    if user.role is Role.supervisor and not user.teams:
        return say("upload.no_team")
    return ""


def _form(user: User) -> Component:
    own = user.role is Role.operator
    teams = sorted(user.teams)
    team = dmc.Select(
        id="upload-team",
        label=say("upload.team"),
        data=teams,
        value=teams[0] if len(teams) == 1 else None,
        placeholder=say("upload.team_any"),
        required=user.role is Role.supervisor,
        searchable=True,
    )
    free = dmc.TextInput(id="upload-team", label=say("upload.team"), placeholder=say("upload.team_any"))
    operator = dmc.TextInput(
        id="upload-operator",
        label=say("upload.operator"),
        description=say("upload.operator_help"),
        inputWrapperOrder=["label", "input", "description"],
    )
    direction = dmc.Select(
        id="upload-direction",
        label=say("upload.direction"),
        data=[{"value": name, "label": say(f"upload.{name}")} for name in DIRECTIONS],
        value="unknown",
        allowDeselect=False,
    )
    channels = dmc.Select(
        id="upload-channels",
        label=say("upload.channels"),
        data=[{"value": value or "usual", "label": say(f"upload.{name}")} for name, value in CHANNELS.items()],
        value="usual",
        allowDeselect=False,
    )
    whose = [free if user.role is Role.admin else team, operator]
    told = [dmc.Text(say("upload.own", operator=user.operator_id)), html.Div(whose, hidden=True)] if own else []
    controls = [*([] if own else whose), direction, channels]
    return card(say("upload.whose"), *told, dmc.SimpleGrid(controls, cols={"base": 1, "sm": 2, "lg": len(controls)}))


def _files() -> Component:
    """Filled by the script."""
    zone = html.Div(
        [dmc.Text(say("upload.drop"), fw=600, size="lg"), dmc.Text(say("upload.or_choose"), size="sm", c="dimmed")],
        id="upload-zone",
    )
    bar = html.Div(
        html.Div(),
        id="upload-bar",
        role="progressbar",
        hidden=True,
        **{"aria-label": say("upload.progress"), "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0"},
    )
    buttons = dmc.Group(
        [
            dmc.Button([say("upload.start"), html.Span(id="upload-count")], id="upload-start", size="md"),
            html.Div(dmc.Button(say("upload.clear"), variant="default", size="md"), id="upload-clear", hidden=True),
        ]
    )
    return dmc.Stack(
        [
            zone,
            buttons,
            html.Div(id="upload-hint", role="alert"),
            html.Div(
                dmc.Stack([bar, html.Div(id="upload-summary", role="status")], gap="xs"), id="upload-part", hidden=True
            ),
            _list("refused", say("upload.refused_title")),
            _list("list", say("upload.files")),
        ]
    )


def _list(name: str, title: str) -> Component:
    part = {"list": "sent", "refused": "refused"}[name]
    return html.Div(
        dmc.Paper(
            [dmc.Title(title, order=2, size="h4", mb="xs"), html.Ul(id=f"upload-{name}", className="files")],
            withBorder=True,
            p="md",
            radius="md",
        ),
        id=f"upload-{part}-part",
        hidden=True,
    )


PAGES = (Page("upload", "/upload", layout, register),)
