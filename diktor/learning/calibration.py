"""Calibration on the development calls: logits become probabilities, evidence gets a threshold, calls a risk."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from diktor.audio.vad import LEAST_MS
from diktor.defects import Defect, Taxonomy
from diktor.learning.calls import Call, Heard, Scored, truth
from diktor.learning.corpus.clips import Clip, has
from diktor.releases import FRAME_MS, Calibration, DefectCalibration, Release
from diktor.rows import WindowRow
from diktor.scoring.combine import CONTEXT, combine, uncalibrated
from diktor.scoring.parameters import neutral, parameters
from diktor.scoring.verdict import pooled_logit
from diktor.scoring.windows import window_row

PRECISION_FIRST = 0.5
"""Evidence is there to be listened to: what is shown should be right, not everything has to be shown."""

FALSE_CALL = 3.0
"""How many missed calls a call wrongly said to have a defect weighs as much as: somebody is called ill."""

SMALLEST_SLOPE = 0.05
"""Calibration never turns a score around."""


def calibrate(scored: Sequence[Scored], members: tuple[str, ...], taxonomy: Taxonomy) -> tuple[DefectCalibration, ...]:
    """Window level first, then evidence, then calls (from rows made with the first two)."""
    windows = tuple(_window_level(scored, place, taxonomy) for place in range(len(taxonomy.defects)))
    draft = tuple(
        DefectCalibration(
            defect.name,
            window=windows[place],
            evidence=evidence_threshold(scored, place, taxonomy),
            minimum_markers=defect.minimum_markers,
            minimum_speech_ms=defect.minimum_speech_ms,
        )
        for place, defect in enumerate(taxonomy.defects)
    )
    release = trial_release(draft, members, taxonomy)
    rows = [call_rows(item, release) for item in scored]
    return tuple(
        msgspec.structs.replace(item, call=_call_level(scored, rows, place, taxonomy))
        for place, item in enumerate(draft)
    )


def trial_release(
    defects: tuple[DefectCalibration, ...], members: tuple[str, ...], taxonomy: Taxonomy, number: int = 1
) -> Release:
    """A release that exists only to score with."""
    return Release(
        number=number,
        name="trial",
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        code_revision="",
        corpus_digest="",
        members=members,
        defects=defects,
        letters=taxonomy.letters,
        classes=taxonomy.classes,
        taxonomy=taxonomy,
    )


def call_rows(item: Scored, release: Release) -> list[WindowRow]:
    """A call's rows, made as the scorer makes them: windows without speech are not scored."""
    wanted = parameters(release)
    return [
        window_row(
            item.call.name,
            "operator",
            heard.window,
            heard.speech_ms,
            combine(*heard.outputs, wanted) if heard.speech_ms >= LEAST_MS else None,
            release,
        )
        for heard in item.windows
    ]


def holds(call: Call | Clip, defect: Defect) -> bool:
    """Whether a call's (a clip's) speaker has a defect."""
    if call.weak:
        return has(call.version, defect)
    if defect.letter is None:
        return bool(call.stutters)
    return any(mark.defective and mark.letter == defect.letter for mark in call.marks)


def placed(call: Call) -> bool:
    """Whether it is known where a call's defects are."""
    return not call.weak or call.version == "healthy"


def defective_frames(call: Call, heard: Heard, defect: Defect, margin: int = CONTEXT) -> NDArray[np.bool_]:
    """Frames of a window in which a defect can be heard, widened as evidence is."""
    found = np.zeros(len(heard.outputs.markers[0]), bool)
    letter = defect.letter
    stretches = (
        [(s.start, s.end) for s in call.stutters]
        if letter is None
        else [(m.start, m.end) for m in call.marks if m.defective and m.letter == letter]
    )
    for start, end in stretches:
        first = (start * 1000 - heard.window.start_ms) / FRAME_MS
        last = (end * 1000 - heard.window.start_ms) / FRAME_MS
        if last > 0 and first < len(found):
            found[max(0, int(first) - margin) : max(0, int(np.ceil(last)) + margin)] = True
    return found


def evidence_threshold(scored: Sequence[Scored], place: int, taxonomy: Taxonomy) -> float:
    """The evidence threshold that agrees best with the frames of the development calls."""
    defect, plain = taxonomy.defects[place], neutral(taxonomy)
    margin = CONTEXT if defect.letter else 0
    values: list[NDArray[np.float32]] = [np.empty(0, np.float32)]
    target = [np.empty(0, bool)]
    for item in scored:
        for heard in item.windows if placed(item.call) else ():
            values.append(uncalibrated(*heard.outputs, plain)[1][:, place])
            target.append(defective_frames(item.call, heard, defect, margin))
    strength, wanted = np.concatenate(values), np.concatenate(target)
    candidates = np.linspace(0.2, 0.98, 40)
    return round(float(max(candidates, key=lambda threshold: _agreement(strength >= threshold, wanted))), 3)


def _agreement(found: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> float:
    """F-measure that holds precision for `1 / PRECISION_FIRST` times as important as recall (van Rijsbergen, 1979)."""
    weight = PRECISION_FIRST**2
    return (1 + weight) * float((found & wanted).sum()) / max(1.0, float(found.sum() + weight * wanted.sum()))


def _window_level(scored: Sequence[Scored], place: int, taxonomy: Taxonomy) -> Calibration:
    logits, target = [], []
    letter, plain = taxonomy.letter_index(place), neutral(taxonomy)
    for item in scored:
        for heard in item.windows if placed(item.call) else ():
            found = truth(item.call, heard.window, taxonomy)
            if heard.speech_ms >= LEAST_MS and (letter is None or found.markers[letter]):
                logits.append(float(uncalibrated(*heard.outputs, plain)[0][place]))
                target.append(found.defects[place] > 0)
    return line(np.array(logits), np.array(target))


def _call_level(
    scored: Sequence[Scored], rows: Sequence[Sequence[WindowRow]], place: int, taxonomy: Taxonomy
) -> Calibration:
    pooled = [
        (pooled_logit(part, place, taxonomy), holds(item.call, taxonomy.defects[place]))
        for item, part in zip(scored, rows, strict=True)
    ]
    known = [(logit, target) for logit, target in pooled if logit is not None]
    return line(np.array([logit for logit, _ in known]), np.array([target for _, target in known]), FALSE_CALL)


def line(logits: NDArray[np.float64], target: NDArray[np.bool_], false_alarm: float = 1.0) -> Calibration:
    """Logistic regression with both classes equally heavy, times `false_alarm` for those without the defect.

    At 0 a defect is `false_alarm` times as likely as none.
    """
    if len(set(target.tolist())) < 2:
        return Calibration()
    present = float(target.mean())
    weight = {True: 0.5 / present, False: false_alarm * 0.5 / (1.0 - present)}
    fitted = LogisticRegression(C=1.0, class_weight=weight).fit(logits[:, None], target)
    slope = max(SMALLEST_SLOPE, float(fitted.coef_[0, 0]))
    return Calibration(round(slope, 4), round(float(fitted.intercept_[0]), 4))
