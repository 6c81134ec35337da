"""Starting a rebuild with the pipeline's own form, and the runs so far; without Airflow, what is missing."""

from typing import Any
from urllib.parse import quote

import dash
import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.wire.accounts import Role, User
from diktor.wire.pipelines import Pipeline, Run
from services.dashboard.asked import api
from services.dashboard.forms import placed
from services.dashboard.page import card, empty, skeleton
from services.dashboard.pages.models import form, parts
from services.dashboard.problems import tell
from services.dashboard.words import known, say

FIRST = "rebuild_model"
SHOWN = 20
AGAIN_MS = 5000


def layout(user: User, pipeline: str = FIRST, **_: str) -> Component:
    """The page."""
    select = dmc.Select(
        id="rebuild-pipeline",
        label=say("models.pipeline"),
        data=[{"value": pipeline, "label": name_of(pipeline)}],
        value=pipeline,
        allowDeselect=False,
        maw=420,
    )
    may = user.role is Role.admin
    start = dmc.Button(say("models.start"), id="rebuild-start", w="fit-content", disabled=not may)
    return parts.shown(
        "rebuild",
        say("models.rebuild.title"),
        html.Div(skeleton(80), id="rebuild-away"),
        html.Div(
            [
                card(
                    say("models.form"),
                    select,
                    html.Div(skeleton(320), id="rebuild-form"),
                    html.Div(id="rebuild-wrong", role="alert", className="alert"),
                    start if may else dmc.Text(say("models.form_only"), c="dimmed"),
                ),
                card(say("models.runs"), html.Div(skeleton(120), id="rebuild-runs")),
            ],
            id="rebuild-there",
            className="stack",
            hidden=True,
        ),
        dcc.Store(id="rebuild-changed", data=0),
        dcc.Interval(id="rebuild-again", interval=AGAIN_MS),
    )


def register(app: Dash) -> None:
    """Its callbacks."""
    chosen = Input("rebuild-pipeline", "value")
    app.callback(
        Output("rebuild-away", "children"),
        Output("rebuild-there", "hidden"),
        Output("rebuild-pipeline", "data"),
        Output("rebuild-form", "children"),
        chosen,
        Input({"type": "rebuild-look", "at": ALL}, "n_clicks"),
    )(_form)
    app.callback(
        Output("rebuild-runs", "children"),
        Output("rebuild-again", "disabled"),
        Input("rebuild-there", "hidden"),
        Input("rebuild-changed", "data"),
        Input("rebuild-again", "n_intervals"),
    )(_runs)
    app.callback(
        Output("rebuild-changed", "data"),
        Output("rebuild-wrong", "children"),
        Output({"type": form.VALUE, "name": ALL}, "error"),
        Output({"type": form.CHECKED, "name": ALL}, "error"),
        Input("rebuild-start", "n_clicks"),
        State("rebuild-pipeline", "value"),
        State({"type": form.VALUE, "name": ALL}, "value"),
        State({"type": form.CHECKED, "name": ALL}, "checked"),
        State({"type": form.VALUE, "name": ALL}, "id"),
        State({"type": form.CHECKED, "name": ALL}, "id"),
        State("rebuild-changed", "data"),
        prevent_initial_call=True,
        running=[(Output("rebuild-start", "loading"), True, False)],
    )(_started)
    app.clientside_callback(
        ClientsideFunction("models", "pipeline"), Output("rebuild-pipeline", "id"), chosen, prevent_initial_call=True
    )


def name_of(pipeline: str) -> str:
    """In words where it is known."""
    return say(f"models.pipeline.{pipeline}") if known(f"models.pipeline.{pipeline}") else pipeline


def away(error: ApiError) -> Component:
    """Airflow is not there: what the API says of it, and a button instead of a browser that asks for ever."""
    lines = [say("models.airflow_why", cause=error.cause)]
    if remedy := error.problem.remedy:
        lines.append(say("models.airflow_remedy", remedy=remedy))
    look = dmc.Button(say("models.airflow_again"), id={"type": "rebuild-look", "at": 0}, variant="default", size="sm")
    return dmc.Alert(
        dmc.Stack([*(dmc.Text(line, size="sm") for line in lines), look], align="flex-start"),
        title=say("models.airflow_away"),
        color="orange",
    )


def _pipeline(name: str) -> tuple[list[Pipeline], Pipeline | None]:
    found = api().pipelines.list().items
    return found, next((item for item in found if item.id == name), None)


def _form(name: str, looks: list[int | None]) -> Any:
    if isinstance(ctx.triggered_id, dict) and not any(looks):  # the button was made
        return dash.no_update
    try:
        pipelines, chosen = _pipeline(name)
    except ApiError as error:
        if error.status != 503:
            raise
        return away(error), True, dash.no_update, None
    data = [{"value": item.id, "label": name_of(item.id)} for item in pipelines]
    shown = form.fields(chosen) if chosen else []
    return None, False, data, shown or empty(say("models.form_none"))


def _runs(hidden: bool, changed: int, again: int | None) -> Any:
    if hidden:
        return None, True
    try:
        found = api().pipelines.list_runs(limit=SHOWN).items
    except ApiError as error:
        if error.status != 503:
            raise
        return empty(error.cause), True
    if not found:
        return empty(say("models.runs_none")), True
    heads = [say(f"models.{name}") for name in ("run_queued", "run_pipeline", "state", "task_took")]
    over = all(run.ended_at for run in found)
    return parts.table(heads, [_run(run) for run in found], width=560), over


def _run(run: Run) -> list[Any]:
    href = f"{parts.HOME}/runs/{quote(run.pipeline, safe='')}/{quote(run.id, safe='')}"
    return [
        dmc.Anchor(parts.moment(run.queued_at or run.started_at), href=href, size="sm", fw=600),
        name_of(run.pipeline),
        parts.run_badge(run.state),
        parts.took(run.started_at, run.ended_at),
    ]


def _started(
    clicks: int | None,
    name: str,
    values: list[Any],
    checked: list[bool],
    value_ids: list[dict[str, str]],
    checked_ids: list[dict[str, str]],
    changed: int,
) -> Any:
    names = [id_["name"] for id_ in (*value_ids, *checked_ids)]

    def said(at: dict[str, str], rest: str) -> Any:
        errors = [at.get(name) for name in names]
        return dash.no_update, rest, errors[: len(value_ids)], errors[len(value_ids) :]

    try:
        _, pipeline = _pipeline(name)
        if pipeline is None:
            return said({}, say("models.form_none"))
        run = api().pipelines.start(name, form.given(pipeline, dict(zip(names, (*values, *checked), strict=True))))
    except form.NotJsonError as error:
        return said({str(error): say("models.not_json")}, "")
    except ApiError as error:
        if error.status == 503:
            return said({}, error.cause)
        return said(*placed(error, names))
    tell(say("models.started"), run.id, bad=False)
    return changed + 1, None, [None] * len(value_ids), [None] * len(checked_ids)
