"""The page as it is at once: what to practise, a place for the text, the recorder, a place for the result."""

import json
from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from diktor.wire.accounts import User
from services.dashboard.page import card, empty, skeleton, titled
from services.dashboard.pages.training.giving import DIFFICULTIES, LENGTHS, SOUNDS
from services.dashboard.words import say, texts


def layout(
    user: User,
    exercise: str = "",
    attempt: str = "",
    sounds: str = "r",
    difficulty: str = "medium",
    length: str = "short",
    **_: str,
) -> Component:
    """The page. An address with an exercise shows it again, one with sounds begins with these chosen."""
    wanted = {"exercise": exercise, "attempt": attempt}
    chosen = [sound for sound in sounds.split(",") if sound in SOUNDS]
    return titled(
        say("training.title"),
        dcc.Store(id="training-wanted", data=wanted),
        dcc.Store(id="training-exercise"),
        dcc.Store(id="training-attempt"),
        _others(),
        dmc.Grid(
            [
                dmc.GridCol(
                    _choice(
                        chosen,
                        difficulty if difficulty in DIFFICULTIES else "medium",
                        length if length in LENGTHS else "short",
                    ),
                    span={"base": 12, "md": 4},
                ),
                dmc.GridCol(
                    dmc.Stack([_exercise(user, bool(exercise)), html.Div(id="training-result")]),
                    span={"base": 12, "md": 8},
                    className="exercise",
                ),
            ],
        ),
    )


def _choice(sounds: Sequence[str], difficulty: str, length: str) -> Component:
    return card(
        say("training.choose"),
        _named(
            "sounds",
            dmc.Group(
                dmc.ChipGroup(
                    [dmc.Chip(say(f"training.{sound}"), value=sound, size="sm") for sound in SOUNDS],
                    id="training-sounds",
                    multiple=True,
                    value=list(sounds),
                ),
                gap="xs",
            ),
        ),
        _named("difficulty", _one_of("training-difficulty", DIFFICULTIES, difficulty)),
        _named("length", _one_of("training-length", tuple(LENGTHS), length)),
        dmc.Button(say("training.give"), id="training-give", fullWidth=True),
    )


def _named(name: str, control: Component) -> Component:
    label = f"training-{name}-label"
    return html.Div(
        [dmc.Text(say(f"training.{name}"), id=label, size="sm", fw=500, mb=4), control],
        role="group",
        **{"aria-labelledby": label},
    )


def _one_of(id_: str, names: tuple[str, ...], value: str) -> Component:
    data = [{"value": name, "label": say(f"training.{name}")} for name in names]
    return dmc.SegmentedControl(id=id_, data=data, value=value, fullWidth=True, size="sm")


def _exercise(user: User, coming: bool) -> Component:
    return dmc.Paper(
        dmc.Stack(
            [
                html.Div(skeleton(120) if coming else empty(say("training.nothing_yet")), id="training-text"),
                _recorder(user),
            ]
        ),
        withBorder=True,
        p="md",
        radius="md",
    )


def _recorder(user: User) -> Component:
    """Its parts are shown by phase (`data-in`, training.css); everything in it is training.js's to change."""
    said = {"data-phase": "none", "data-user": user.id, "data-say": json.dumps(texts("recorder"), ensure_ascii=False)}
    return html.Div(
        [
            html.Div(id="recorder-says", role="status"),
            html.Div(say("recorder.opening"), role="status", **{"data-in": "opening"}),
            html.Div(
                [html.Span(say("recorder.get_ready")), html.Span(id="recorder-count", role="timer")],
                className="counting",
                **{"data-in": "countdown"},
            ),
            html.Div(
                [
                    html.Span([html.Span(className="dot", **{"aria-hidden": "true"}), say("recorder.recording")]),
                    html.Span(id="recorder-time", role="timer"),
                    html.Div(html.Div(id="recorder-level"), className="level", **{"aria-hidden": "true"}),
                    html.Span([say("recorder.level"), ": ", html.Span(id="recorder-loudness")]),
                ],
                className="recording",
                **{"data-in": "recording"},
            ),
            html.Div(
                [
                    html.Span([say("recorder.length"), " ", html.Span(id="recorder-length")]),
                    html.Audio(id="recorder-play", controls=True, **{"aria-label": say("recorder.length")}),
                ],
                className="taken",
                **{"data-in": "taken sending"},
            ),
            *(
                html.Div(
                    [dmc.Loader(size="sm"), html.Span(say(f"recorder.{name}"))],
                    className="busy",
                    role="status",
                    **{"data-in": name},
                )
                for name in ("sending", "judging")
            ),
            dmc.Group(
                [
                    _button("recorder.start", "start", "ready", size="lg"),
                    _button("recorder.stop", "stop", "recording", size="lg"),
                    _button("recorder.cancel", "cancel", "opening countdown recording", variant="default", size="lg"),
                    _button("recorder.send", "send", "taken", size="lg"),
                    _button("recorder.once_more", "again", "taken", variant="default", size="lg"),
                    _button("training.again", "again", "judged"),
                    _given("next", "ready judged"),
                    _given("harder", "judged"),
                ],
                gap="sm",
            ),
        ],
        id="recorder",
        **said,
    )


def _button(message: str, does: str, phases: str, **look: str) -> Component:
    return dmc.Button(say(message), **look, **{"data-do": does, "data-in": phases})


def _given(name: str, phases: str) -> Component:
    """For another text."""
    return dmc.Button(say(f"training.{name}"), id=f"training-{name}", variant="default", **{"data-in": phases})


def _others() -> Component:
    """Takes of other texts that are not sent yet."""
    return html.Div([dmc.Text(say("recorder.others"), fw=500), html.Ul()], id="recorder-kept", hidden=True)
