"""What an attempt came to: a gauge and a sentence for the whole and each part, and the words where it happened."""

from collections import Counter, defaultdict
from itertools import groupby

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from diktor.exercises.marked import pieces
from diktor.wire.training import Attempt, Part, PartMastery, Place, Sentence
from services.dashboard.asked import language
from services.dashboard.figures import OTHERS, colour
from services.dashboard.page import card
from services.dashboard.words import say

DEFECTS = {"r": "rhotacism", "g": "fricative_g", "fluency": "stuttering"}
OWN = {"total": OTHERS[2], "tempo": OTHERS[1], "completeness": OTHERS[0]}
"""A part has a defect's colour, or one of its own."""


def result(attempt: Attempt) -> Component:
    """Of an attempt that was judged."""
    if attempt.outcome != "scored":
        return dmc.Alert(
            said(attempt.says), title=say("training.not_scored"), color="orange", className="outcome", radius="md"
        )
    listen = _listen(attempt.id) if attempt.audio else None
    return card(
        say("training.result"),
        dmc.Group([gauge("total", attempt.mastery, large=True), dmc.Text(said(attempt.says), size="lg", flex=1)]),
        dmc.SimpleGrid([_part(part) for part in attempt.parts], cols={"base": 1, "sm": 2}, spacing="md"),
        *_where(attempt),
        dmc.Text(f"{say('training.scale')} ({say('training.release', n=attempt.release or 0)})", size="sm", c="dimmed"),
        beside=listen,
    )


def gauge(part: Part | str, mastery: float | None, large: bool = False) -> Component:
    """Mastery, 0 to 100, as a ring with its number in it."""
    name, shown = say(f"training.part.{part}"), "–" if mastery is None else f"{mastery:.0f}"
    told = say("training.not_judged", name=name) if mastery is None else say("training.of_100", name=name, value=shown)
    ring = dmc.RingProgress(
        size=112 if large else 72,
        thickness=10 if large else 7,
        roundCaps=True,
        sections=[{"value": mastery, "color": part_colour(part)}] if mastery else [],
        label=dmc.Text(shown, ta="center", fw=700, size="xl" if large else "md"),
    )
    return html.Div(ring, role="img", className="gauge", **{"aria-label": told, "data-part": part})


def part_colour(part: str) -> str:
    """The same on every page."""
    return OWN.get(part) or colour(DEFECTS[part])


def said(sentence: Sentence | None) -> str:
    """In the visitor's language."""
    return "" if sentence is None else getattr(sentence, language())


def _part(part: PartMastery) -> Component:
    return dmc.Group(
        [
            gauge(part.part, part.mastery),
            html.Div(
                [dmc.Text(say(f"training.part.{part.part}"), fw=600), dmc.Text(said(part.says), size="sm")],
                className="told",
            ),
        ],
        wrap="nowrap",
        align="center",
        gap="sm",
    )


def _listen(attempt_id: str) -> Component:
    return dmc.Button(
        say("training.hear"), variant="default", size="xs", **{"data-take": attempt_id, "aria-pressed": "false"}
    )


def _where(attempt: Attempt) -> list[Component]:
    """The text with the words where something was heard, and what the signs at them mean."""
    at: dict[int, list[tuple[Part, Place]]] = defaultdict(list)
    for part in attempt.parts:
        for place in part.places:
            at[place.number].append((part.part, place))
    if not at:
        return []
    shown: list[Component | str] = []
    for number, run in groupby(pieces(attempt.text), key=lambda piece: piece.word):
        text = "".join(piece.text for piece in run)
        shown.append(text if number is None or number not in at else _word(attempt, text, at[number]))
    parts = [part.part for part in attempt.parts if part.places]
    legend = dmc.Group(
        [html.Span([_sign(part), say(f"training.place.{part}")], className="legend") for part in parts], gap="md"
    )
    help_ = [dmc.Text(say("training.where_play"), size="sm", c="dimmed")] if attempt.audio else []
    return [
        dmc.Title(say("training.where"), order=3, size="h5"),
        html.P(shown, lang="ru", className="twister where"),
        legend,
        *help_,
    ]


def _word(attempt: Attempt, text: str, places: list[tuple[Part, Place]]) -> Component:
    counted = Counter(part for part, _ in places)
    signs = [_sign(part, count) for part, count in counted.items()]
    told = ", ".join(
        say(f"training.place.{part}") + (f" ×{count}" if count > 1 else "") for part, count in counted.items()
    )
    start = next((place.start_ms for _, place in places if place.start_ms is not None), None)
    line = {"textDecorationColor": part_colour(places[0][0])}
    if start is None or not attempt.audio:
        return html.Span([html.Span(text, style=line), *signs], className="place", title=told)
    plays = {"data-take": attempt.id, "data-from": str(start), "aria-pressed": "false"}
    return html.Button([html.Span(text, style=line), *signs], className="place", title=told, type="button", **plays)


def _sign(part: Part, count: int = 1) -> Component:
    text = say(f"training.sign.{part}") + (f"×{count}" if count > 1 else "")
    return html.Sup(text, className="sign", style={"borderColor": part_colour(part)})
