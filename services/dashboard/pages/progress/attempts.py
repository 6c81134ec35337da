"""One's own attempts as a table: what they came to, to hear again, to look at, to delete."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from diktor.wire.training import Attempt
from services.dashboard.page import empty
from services.dashboard.quantities import moment
from services.dashboard.words import say

AT_ONCE = 20
DELETE = "attempt-delete"


def table(found: Sequence[Attempt]) -> Component:
    """It scrolls sideways in its own box."""
    if not found:
        return empty(say("progress.no_attempts"), dmc.Anchor(say("progress.train"), href="/training"))
    head = [dmc.TableTh(say(f"progress.{name}")) for name in ("at", "text", "result", "parts")]
    return dmc.TableScrollContainer(
        dmc.Table(
            [
                dmc.TableThead(dmc.TableTr([*head, dmc.TableTd()])),
                dmc.TableTbody([_row(attempt) for attempt in found]),
            ],
            verticalSpacing="xs",
            tabularNums=True,
        ),
        minWidth=760,
    )


def _row(attempt: Attempt) -> Component:
    at = moment(attempt.at)
    about = {"aria-label": f"{say('progress.listen')}: {at}", "aria-pressed": "false", "data-take": attempt.id}
    listen = [dmc.Button(say("progress.listen"), size="compact-sm", variant="light", **about)] if attempt.audio else []
    look = dmc.Anchor(
        say("progress.open"), href=f"/training?exercise={attempt.exercise_id}&attempt={attempt.id}", size="sm"
    )
    delete = dmc.Button(
        say("progress.delete"),
        id={"type": DELETE, "attempt": attempt.id},
        size="compact-sm",
        variant="subtle",
        color="red",
        **{"aria-label": f"{say('progress.delete')}: {at}"},
    )
    return dmc.TableTr(
        [
            dmc.TableTd(at, style={"whiteSpace": "nowrap"}),
            dmc.TableTd(html.Span(attempt.text, lang="ru")),
            dmc.TableTd(_total(attempt)),
            dmc.TableTd(_parts(attempt)),
            dmc.TableTd(dmc.Group([*listen, look, delete], gap="xs", wrap="nowrap")),
        ]
    )


def _total(attempt: Attempt) -> str | Component:
    if attempt.outcome is None:
        return dmc.Text(say("progress.waiting"), size="sm")
    if attempt.outcome != "scored":
        return dmc.Text(say(f"progress.outcome.{attempt.outcome}"), size="sm")
    return dmc.Text("–" if attempt.mastery is None else f"{attempt.mastery:.0f}", fw=700)


def _parts(attempt: Attempt) -> Component:
    told = [
        f"{say(f'training.part.{part.part}').lower()} {part.mastery:.0f}"
        for part in attempt.parts
        if part.mastery is not None
    ]
    return dmc.Text(", ".join(told), size="sm")
