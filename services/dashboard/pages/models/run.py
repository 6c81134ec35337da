"""One run of a pipeline: how far it is, task by task, why what failed did, and doing that again."""

from typing import Any
from urllib.parse import unquote

import dash
import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.wire.accounts import Role, User
from diktor.wire.pipelines import RunDetail, Task
from services.dashboard.asked import api
from services.dashboard.forms import placed
from services.dashboard.page import card, empty, skeleton
from services.dashboard.pages.models import parts
from services.dashboard.pages.models.rebuild import away, name_of
from services.dashboard.problems import tell
from services.dashboard.words import known, say

AGAIN_MS = 3000
OVER = ("success", "failed")
COLOURS = {"success": "teal", "running": "blue", "failed": "red", "upstream_failed": "orange"}


def layout(user: User, pipeline: str, run_id: str, **_: str) -> Component:
    """The page."""
    retry = dmc.Button(say("models.run_retry"), id="run-retry", variant="light", w="fit-content", display="none")
    return parts.shown(
        "rebuild",
        name_of(unquote(pipeline)),
        dcc.Store(id="run-which", data=[unquote(pipeline), unquote(run_id)]),
        dcc.Store(id="run-may", data=user.role is Role.admin),
        dcc.Store(id="run-changed", data=0),
        dcc.Interval(id="run-again", interval=AGAIN_MS),
        html.Div(skeleton(320), id="run"),
        retry,
        beside=dmc.Anchor(f"← {say('models.run_back')}", href=f"{parts.HOME}/rebuild"),
    )


def register(app: Dash) -> None:
    """Its callbacks."""
    app.callback(
        Output("run", "children"),
        Output("run-again", "disabled"),
        Output("run-retry", "display"),
        Input("run-which", "data"),
        Input("run-again", "n_intervals"),
        Input("run-changed", "data"),
        State("run-may", "data"),
    )(_shown)
    app.callback(
        Output("run-changed", "data"),
        Input("run-retry", "n_clicks"),
        State("run-which", "data"),
        State("run-changed", "data"),
        prevent_initial_call=True,
        running=[(Output("run-retry", "loading"), True, False)],
    )(_retried)


def _shown(which: list[str], again: int | None, changed: int, may: bool) -> tuple[Any, bool, str]:
    try:
        found = api().pipelines.get_run(*which)
    except ApiError as error:
        if error.status == 404:
            return empty(say("models.run_missing")), True, "none"
        if error.status == 503:
            return away(error), True, "none"
        raise
    over = found.run.state in OVER
    return _run(found), over, "block" if may and over and found.failures else "none"


def _run(found: RunDetail) -> Component:
    share = 100 * found.done / (found.of or 1)
    told = say("models.run_progress", n=found.done, of=found.of)
    head: list[Any] = [
        dmc.Group([dmc.Text(told, fw=600), parts.run_badge(found.run.state)]),
        dmc.Progress(value=share, size="lg", **{"aria-label": told}),
    ]
    if found.working:
        head.append(dmc.Text(say("models.run_working", tasks=", ".join(found.working)), size="sm"))
    if found.failures:
        lines = [dmc.Text(line, size="sm") for line in found.failures]
        head.append(dmc.Alert(dmc.Stack(lines, gap="xs"), title=say("models.run_failures"), color="red"))
    facts = parts.facts(
        (say("models.run_queued"), parts.moment(found.run.queued_at)),
        (say("models.task_took"), parts.took(found.run.started_at, found.run.ended_at)),
        ("ID", html.Span(found.run.id, className="code")),
    )
    heads = [say(f"models.{name}") for name in ("task", "state", "task_attempt", "task_took")]
    tasks = parts.table(heads, [_task(task) for task in found.tasks], width=520)
    return dmc.Stack([card(say("models.run.title"), *head, facts), card(say("models.run_tasks"), tasks)])


def _task(task: Task) -> list[Any]:
    state = task.state or "none"
    text = say(f"models.task.{state}") if known(f"models.task.{state}") else state
    badge = dmc.Badge(text, variant="light", color=COLOURS.get(state, "gray"), tt="none")
    return [
        html.Span(task.name, className="code"),
        badge,
        task.attempt or say("models.none"),
        parts.seconds(task.seconds),
    ]


def _retried(clicks: int | None, which: list[str], changed: int) -> Any:
    try:
        api().pipelines.retry(*which)
    except ApiError as error:
        if error.status == 503:
            tell(say("models.airflow_away"), error.cause)
            return dash.no_update
        at, rest = placed(error, ())
        tell(say("models.run_retry"), rest or " ".join(at.values()))
        return dash.no_update
    tell(say("models.started"), bad=False)
    return changed + 1
