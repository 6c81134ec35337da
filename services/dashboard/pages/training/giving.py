"""Gives a text for what was chosen, and shows what an attempt came to."""

from typing import Any, get_args

import dash
import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, html
from dash.development.base_component import Component

from diktor.client import ApiError
from diktor.exercises.marked import pieces
from diktor.wire.training import Criteria, Difficulty, Exercise, Sound
from services.dashboard.asked import api
from services.dashboard.page import empty
from services.dashboard.pages.training.result import result
from services.dashboard.words import say

SOUNDS: tuple[Sound, ...] = ("r", "g", "openings")
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)
LENGTHS = {"short": (3, 6), "middle": (7, 12), "long": (13, 24)}
"""Words."""

_SLOWEST, _LEAST_S, _MOST_S = 1.5, 20, 110
"""Syllables a second of the slowest reader; a recording's longest, in seconds (the API takes two minutes)."""


def register(app: Dash) -> None:
    """The page's callbacks."""
    busy = [(Output(f"training-{name}", "loading"), True, False) for name in ("give", "next", "harder")]
    app.callback(
        Output("training-text", "children"),
        Output("training-exercise", "data"),
        Output("training-difficulty", "value"),
        Output("training-length", "value"),
        Output("training-result", "children", allow_duplicate=True),
        Input("training-give", "n_clicks"),
        Input("training-next", "n_clicks"),
        Input("training-harder", "n_clicks"),
        State("training-wanted", "data"),
        State("training-sounds", "value"),
        State("training-difficulty", "value"),
        State("training-length", "value"),
        running=busy,
        prevent_initial_call="initial_duplicate",
    )(give)
    app.callback(Output("training-result", "children"), Input("training-attempt", "data"), prevent_initial_call=True)(
        judged
    )
    app.clientside_callback(
        ClientsideFunction("training", "shown"), Output("recorder", "id"), Input("training-exercise", "data")
    )


def give(
    given: int | None,
    next_: int | None,
    harder: int | None,
    wanted: dict[str, str],
    sounds: list[Sound],
    difficulty: Difficulty,
    length: str,
) -> tuple[Any, ...]:
    """A text to practise with: the one of the address when the page opens, a new one when it is asked for."""
    asked = dash.ctx.triggered_id
    if asked is None:
        if not wanted["exercise"]:
            return dash.no_update, None, difficulty, length, None  # the script shows takes that wait, also now
        try:
            found, attempt = api().training.get_exercise(wanted["exercise"]), wanted["attempt"]
        except ApiError as error:
            if error.status != 404:
                raise
            return empty(say("training.gone")), None, difficulty, length, None
        difficulty, length = _as_asked(found.criteria, difficulty, length)
        sounds = sorted(found.criteria.sounds)
    else:
        if asked == "training-harder":
            difficulty, length = _harder(difficulty, length)
        low, high = LENGTHS[length]
        found = api().training.create_exercise(set(sounds), difficulty, min_words=low, max_words=high)
        attempt = ""
    data = {
        "id": found.id,
        "text": found.text,
        "longest_s": min(_MOST_S, max(_LEAST_S, round(found.syllables * found.times / _SLOWEST) + 10)),
        "attempt": attempt,
        "asked": {"sounds": ",".join(sounds), "difficulty": difficulty, "length": length},
    }
    return _text(found), data, difficulty, length, None


def judged(attempt: str | None) -> Component | None:
    """What an attempt came to."""
    return result(api().training.get_attempt(attempt)) if attempt else None


def _harder(difficulty: Difficulty, length: str) -> tuple[Difficulty, str]:
    """One step: harder words first, then more of them."""
    if difficulty != DIFFICULTIES[-1]:
        return DIFFICULTIES[DIFFICULTIES.index(difficulty) + 1], length
    longer = list(LENGTHS)
    return difficulty, longer[min(longer.index(length) + 1, len(longer) - 1)]


def _as_asked(criteria: Criteria, difficulty: Difficulty, length: str) -> tuple[Difficulty, str]:
    """The controls for what an exercise was asked for."""
    words = (criteria.min_words, criteria.max_words)
    return criteria.difficulty or difficulty, next((name for name, size in LENGTHS.items() if size == words), length)


def _text(exercise: Exercise) -> Component:
    sounds = exercise.criteria.sounds
    facts = [
        say("training.words", n=exercise.words),
        say(f"training.{exercise.difficulty}").lower(),
        *([say("training.marked")] if sounds else []),
    ]
    return dmc.Stack(
        [
            dmc.Text([f"{say('training.say_it')} ", html.Strong(say("training.times", n=exercise.times))]),
            html.P(
                [html.Mark(piece.text) if piece.marked else piece.text for piece in pieces(exercise.text, sounds)],
                lang="ru",
                className="twister",
            ),
            dmc.Text(" · ".join(facts), size="sm", c="dimmed"),
        ],
        gap="xs",
    )
