"""One release: what it reached, where it errs, its pictures and its card."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.wire.accounts import User
from diktor.wire.models import ReleaseDetail
from services.dashboard.asked import api
from services.dashboard.page import card, empty, skeleton
from services.dashboard.pages.models import parts
from services.dashboard.tables import scrolled
from services.dashboard.words import say

SPLITS = ("test", "dev")
HEADING = re.compile(r"^(#+) ", re.MULTILINE)


def layout(user: User, number: str, **_: str) -> Component:
    """The page."""
    back = dmc.Anchor(f"← {say('models.back')}", href=parts.HOME)
    return parts.shown(
        "releases",
        say("models.of_number", number=number),
        dcc.Store(id="release-number", data=number),
        html.Div(skeleton(400), id="release"),
        beside=back,
    )


def register(app: Dash) -> None:
    """Its callback."""
    app.callback(Output("release", "children"), Input("release-number", "data"))(_shown)


def _shown(number: str) -> Component:
    found = _found(number)
    if found is None:
        return empty(say("models.missing"), dmc.Anchor(say("models.back"), href=parts.HOME))
    pictures = [_picture(found.release.number, name) for name in found.pictures]
    return dmc.Stack(
        [
            card(say("models.facts"), _facts(found), beside=parts.badge(found.release.state)),
            card(say("models.quality"), *_quality(found)),
            *([card(say("models.pictures"), dmc.SimpleGrid(pictures, cols={"base": 1, "md": 2}))] if pictures else []),
            card(say("models.card"), dcc.Markdown(_lowered(found.card), className="card-text")),
        ]
    )


def _found(number: str) -> ReleaseDetail | None:
    if not (number.isascii() and number.isdigit() and 0 < int(number) < 1 << 31):
        return None
    try:
        return api().models.get(int(number))
    except ApiError as error:
        if error.status == 404:
            return None
        raise


def _facts(found: ReleaseDetail) -> Component:
    release, metrics = found.release, found.metrics
    megabytes = metrics.get("megabytes")
    size = sum(megabytes.values()) if isinstance(megabytes, Mapping) else None
    return parts.facts(
        (say("models.name"), release.name),
        (say("models.created"), release.created_at[:16].replace("T", " ")),
        (say("models.members"), ", ".join(release.members)),
        (say("models.window"), say("models.window_s", length=release.length_ms / 1000, hop=release.hop_ms / 1000)),
        (say("models.size"), parts.number(size, 1)),
        (say("models.speed"), parts.number(_number(metrics, "audio_seconds_per_cpu_second"), 1)),
        (say("models.revision"), html.Span(release.code_revision[:12], className="code")),
        (say("models.corpus"), html.Span(release.corpus_digest[:12], className="code")),
    )


def _quality(found: ReleaseDetail) -> list[Component]:
    splits = [(name, found.metrics[name]) for name in SPLITS if isinstance(found.metrics.get(name), Mapping)]
    if not splits:
        return [empty(say("models.quality_none"))]
    return [_split(name, split, found) for name, split in splits]


def _split(name: str, split: Mapping[str, Any], found: ReleaseDetail) -> Component:
    classes = _part(split, "classes")
    told = [
        say("models.split_size", n=int(split.get("calls", 0)), minutes=round(float(split.get("minutes", 0)))),
        say(
            "models.split_f1",
            f1=parts.number(_number(classes, "macro_f1")),
            accuracy=parts.percent(_number(classes, "accuracy")),
        ),
    ]
    heads = [say(f"models.{key}") for key in ("class", "f1", "auc_call", "hits", "alarms", "auc_window")]
    rows = [_class(item, split, classes) for item in found.classes]
    confusion = classes.get("confusion")
    return dmc.Stack(
        [
            dmc.Title(say(f"models.split.{name}"), order=3, size="h5"),
            dmc.Text("; ".join(told), size="sm"),
            parts.table(heads, rows, width=680),
            *([_confusion(confusion, found.classes)] if confusion else []),
        ],
        gap="xs",
    )


def _class(name: str, split: Mapping[str, Any], classes: Mapping[str, Any]) -> list[Any]:
    call, window = (_part(_part(split, part), name) for part in ("call", "window"))
    return [
        dmc.Text(parts.class_name(name), size="sm", fw=600),
        parts.number(_number(_part(classes, "f1"), name)),
        parts.number(_number(call, "auc")),
        parts.percent(_number(call, "likely_when_present")),
        parts.percent(_number(call, "likely_when_healthy")),
        parts.number(_number(window, "auc")),
    ]


def _confusion(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> Component:
    names = [parts.class_name(name) for name in classes]
    rows = []
    for place, row in enumerate(counts):
        whole = sum(row) or 1
        cells = [
            html.Td(
                count, className="right" if place == column else "", style={"--part": f"{100 * count / whole:.0f}%"}
            )
            for column, count in enumerate(row)
        ]
        rows.append(html.Tr([html.Th(names[place], scope="row"), *cells]))
    head = html.Tr([html.Td(""), *(html.Th(name, scope="col") for name in names)])
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="confusion")
    return dmc.Stack([dmc.Text(say("models.confusion"), size="sm", c="dimmed"), scrolled(table)], gap=4)


def _picture(number: int, name: str) -> Component:
    source = f"/api/v1/models/releases/{number}/pictures/{quote(name, safe='')}"
    return html.Img(src=source, alt=say("models.picture", number=number, name=name), className="picture")


def _lowered(text: str) -> str:
    """Markdown whose headings stand below those of the page."""
    return HEADING.sub(lambda found: f"{'#' * min(6, len(found[1]) + 2)} ", text)


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(of: Mapping[str, Any], name: str) -> float | None:
    found = of.get(name)
    return float(found) if isinstance(found, int | float) else None
