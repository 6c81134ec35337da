"""What an operator's calls say about training: what to practise, what it did, how far they are."""

from urllib.parse import urlencode

import dash_mantine_components as dmc
from dash.development.base_component import Component

from diktor.wire.stats import DefectEffect, DefectFigures, Effect, Figures
from diktor.wire.training import Difficulty, Progress, Sound
from services.dashboard.pages.operators import cells
from services.dashboard.words import say, word

SOUNDS: dict[str, Sound] = {"rhotacism": "r", "fricative_g": "g", "stuttering": "openings"}
"""What is practised against a defect."""

STANDS_OUT = 0.05
"""The lower end of a share's interval above which a defect is worth practising: more than a stray finding."""


def recommended(figures: Figures) -> list[tuple[DefectFigures, Sound, Difficulty]]:
    """What to practise, the surest first. Who stumbles often begins with what is easy."""
    found = [
        (item, SOUNDS[item.defect], difficulty(item.likely_share.value))
        for item in figures.defects
        if item.defect in SOUNDS and item.likely_share and item.likely_share.low > STANDS_OUT
    ]
    return sorted(found, key=lambda one: -(one[0].likely_share.low if one[0].likely_share else 0))


def difficulty(share: float) -> Difficulty:
    """By how many of the calls have the defect."""
    return "easy" if share >= 0.5 else "medium" if share >= 0.2 else "hard"


def exercises(figures: Figures) -> list[Component]:
    """What is recommended, each with why and a link that opens it."""
    if not any(item.judged for item in figures.defects):
        return [dmc.Text(say("operators.practise_unknown"), c="dimmed")]
    found = recommended(figures)
    if not found:
        return [dmc.Text(say("operators.practise_none", limit=round(100 * STANDS_OUT)))]
    items: list[Component] = [_exercise(*one) for one in found]
    return [*items, dmc.Text(say("operators.practise_send"), size="sm", c="dimmed")]


def _exercise(figures: DefectFigures, sound: Sound, level: Difficulty) -> Component:
    why = say(
        "operators.because",
        defect=word(figures.defect),
        likely=figures.likely,
        n=figures.judged,
        interval=cells.interval(figures).rpartition(",")[0],
    )
    text = say(
        "operators.exercises", sound=say(f"operators.sound.{sound}"), difficulty=say(f"operators.difficulty.{level}")
    )
    href = "/training?" + urlencode({"sounds": sound, "difficulty": level})
    return dmc.Stack([dmc.Text(why, size="sm"), dmc.Anchor(text, href=href, fw=500)], gap=2)


def effect(found: Effect) -> list[Component]:
    """A sentence for every defect, and what such a comparison cannot say."""
    if not found.trained:
        return [dmc.Text(say("operators.effect_none"), c="dimmed")]
    lines: list[Component] = [dmc.Text(_sentence(item, found.minimum_calls), size="sm") for item in found.defects]
    if found.releases_before != found.releases_after and found.releases_before and found.releases_after:
        before, after = (", ".join(map(str, some)) for some in (found.releases_before, found.releases_after))
        lines.append(dmc.Alert(say("operators.effect_releases", before=before, after=after), color="orange", p="xs"))
    return [*lines, dmc.Text(say("operators.effect_caveat", days=found.days), size="sm", c="dimmed")]


def _sentence(item: DefectEffect, minimum: int) -> str:
    name, found = word(item.defect), item.compared
    if found is None:
        sides = {"before": item.calls_before, "after": item.calls_after}
        return say("operators.effect_few", defect=name, minimum=minimum, **sides)
    low, high = found.low, found.high
    if item.finding == "better":
        low, high = -high, -low
    return say(
        f"operators.effect_{item.finding}",
        defect=name,
        size=round(abs(found.difference), 1),
        low=round(low, 1),
        high=round(high, 1),
        before=round(found.risk_before, 1),
        after=round(found.risk_after, 1),
        n_before=found.calls_before,
        n_after=found.calls_after,
        operators=found.operators,
    )


def progress(found: Progress | None, operator_id: str) -> Component:
    """How far an operator is in training; None: no user is this operator."""
    if found is None:
        return dmc.Text(say("operators.no_user"), size="sm", c="dimmed")
    attempts = sum(day.attempts for day in found.days)
    told = (
        say("operators.progress", n=attempts, day=f"{found.days[-1].day:%d.%m.%Y}")
        if found.days
        else say("operators.progress_none")
    )
    href = f"/progress?{urlencode({'operator': operator_id})}"
    link = dmc.Anchor(say("operators.progress_open"), href=href, size="sm")
    return dmc.Group([dmc.Text(told, size="sm"), link], gap="md")
