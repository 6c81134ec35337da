"""The figures of an ensemble on held-out voices and sentences: windows, calls, words, and the controls."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, f1_score, roc_auc_score

from diktor.audio.vad import LEAST_MS
from diktor.defects import MIXED, Taxonomy
from diktor.learning.calibration import call_rows, defective_frames, holds, placed
from diktor.learning.calls import Heard, Scored, truth
from diktor.learning.word_logit import widened, word_logit
from diktor.releases import FRAME_MS, Release
from diktor.rows import ChannelVerdict
from diktor.scoring.combine import agreed, combine, uncalibrated
from diktor.scoring.parameters import neutral, parameters
from diktor.scoring.verdict import class_of, verdicts

Figures = dict[str, Any]


class WordHeard(NamedTuple):
    """Word `number` of a call in one window: its letters, how many were counted, its defect's logit, its label."""

    number: int
    letters: int
    counted: float
    logit: float
    defective: bool


def figures(scored: Sequence[Scored], release: Release) -> Figures:
    """Everything that is reported of one split."""
    judged = [verdicts(call_rows(item, release), release)[0] for item in scored]
    names = list(enumerate(release.taxonomy.names))
    return {
        "calls": len(scored),
        "windows": sum(len(item.windows) for item in scored),
        "minutes": round(sum(len(item.call.pcm) for item in scored) / 8000 / 60, 1),
        "window": {name: _windows(scored, release, place) for place, name in names},
        "call": {name: _calls(scored, judged, place, release.taxonomy) for place, name in names},
        "classes": classes(scored, release),
        "words": words(scored, release.taxonomy),
        "evidence": {name: _evidence(scored, release, place) for place, name in names},
    }


def window_auc(scored: Sequence[Scored], taxonomy: Taxonomy) -> dict[str, float | None]:
    """AUC per defect over all windows that could hold it: what quantisation may cost is told in this."""
    found = {}
    for place, name in enumerate(taxonomy.names):
        logits, target, _ = _window_logits(scored, place, taxonomy)
        found[name] = auc(logits, target)
    return found


def auc(scores: NDArray[np.floating], target: NDArray[np.bool_]) -> float | None:
    """The area under the ROC curve, if there are both kinds."""
    if target.all() or not target.any():
        return None
    return round(float(roc_auc_score(target, scores)), 4)


def _window_logits(
    scored: Sequence[Scored], place: int, taxonomy: Taxonomy
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Logits, labels, and whether the call is healthy, of windows with speech in which the defect could be heard."""
    rows = []
    letter, plain = taxonomy.letter_index(place), neutral(taxonomy)
    for item in scored:
        for heard in item.windows if placed(item.call) else ():
            known = truth(item.call, heard.window, taxonomy)
            if heard.speech_ms >= LEAST_MS and (letter is None or known.markers[letter]):
                logit = float(uncalibrated(*heard.outputs, plain)[0][place])
                rows.append((logit, known.defects[place] > 0, item.call.version == "healthy"))
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    return np.array(columns[0]), np.array(columns[1], bool), np.array(columns[2], bool)


def _windows(scored: Sequence[Scored], release: Release, place: int) -> Figures:
    logits, target, healthy = _window_logits(scored, place, release.taxonomy)
    calibration = release.defects[place].window
    found = calibration.slope * logits + calibration.intercept >= 0
    return {
        "auc": auc(logits, target),
        "auc_against_healthy": auc(logits[target | healthy], target[target | healthy]),
        "hit_rate": _share(found[target]),
        "false_alarms_healthy": _share(found[healthy]),
        "windows": len(logits),
        "defective": int(target.sum()),
    }


def _calls(scored: Sequence[Scored], judged: Sequence[ChannelVerdict], place: int, taxonomy: Taxonomy) -> Figures:
    target = np.array([holds(item.call, taxonomy.defects[place]) for item in scored])
    healthy = np.array([item.call.version == "healthy" for item in scored])
    risks = [verdict.defects[place].risk for verdict in judged]
    known = np.array([risk is not None for risk in risks])
    score = np.array([0.0 if risk is None else risk for risk in risks])
    return {
        "auc": auc(score[known], target[known]),
        "auc_against_healthy": auc(score[known & (target | healthy)], target[known & (target | healthy)]),
        "likely_when_present": _share(score[target] >= 50),
        "likely_when_healthy": _share(score[healthy] >= 50),
        "not_enough_evidence": _share(~known),
    }


def classes(scored: Sequence[Scored], release: Release) -> Figures:
    """One class of several, over the calls with one defect or none."""
    names = release.taxonomy.classes
    pairs = [
        (
            0 if item.call.version == "healthy" else names.index(item.call.version),
            class_of(verdicts(call_rows(item, release), release)[0]),
        )
        for item in scored
        if item.call.version != MIXED
    ]
    expected, found = (np.array(column) for column in zip(*pairs, strict=True))
    labels = list(range(len(names)))
    each = f1_score(expected, found, average=None, labels=labels, zero_division=0.0)
    return {
        "macro_f1": round(float(each.mean()), 4),
        "f1": {name: round(float(value), 4) for name, value in zip(names, each, strict=True)},
        "confusion": confusion_matrix(expected, found, labels=labels).tolist(),
        "accuracy": round(float((expected == found).mean()), 4),
    }


def words(scored: Sequence[Scored], taxonomy: Taxonomy) -> Figures:
    """Word by word: letters counted, defects heard at the letter, and the control on words without it."""
    result: Figures = {}
    for place in taxonomy.spoken:
        name = taxonomy.names[place]
        rows = [
            (item.call.version, *row)
            for item in scored
            if placed(item.call)
            for heard in item.windows
            for row in window_words(item, heard, place, taxonomy)
        ]
        if not rows:
            result[name] = {"letter": taxonomy.defects[place].letter, "words": 0}
            continue
        version, _, count, counted, logit, defective = (np.array(column) for column in zip(*rows, strict=True))
        healthy = version == "healthy"
        leak = (count == 0) & (healthy | (version == name))
        own = (count > 0) & (defective | healthy)
        result[name] = {
            "letter": taxonomy.defects[place].letter,
            "count_accuracy": _share(np.rint(counted) == count),
            "count_accuracy_healthy": _share((np.rint(counted) == count)[healthy]),
            "count_majority": round(float(np.bincount(count.astype(int)).max() / len(count)), 4),
            "defective_counted": _share(np.rint(counted)[defective] >= 1),
            "word_auc": auc(logit[own], defective[own]),
            "neighbour_leak_auc": auc(logit[leak], ~healthy[leak]),
            "words": len(rows),
        }
    return result


def window_words(item: Scored, heard: Heard, place: int, taxonomy: Taxonomy) -> list[WordHeard]:
    """Each word that lies wholly in the window, as the heads for the defect at `place` and for its letter heard it."""
    letter = taxonomy.spoken.index(place)
    rate, near = agreed(heard.outputs.markers)[:, letter], agreed(heard.outputs.with_)[:, place]
    found = []
    for number, word in enumerate(item.call.words):
        start = (word.start * 1000 - heard.window.start_ms) / FRAME_MS
        end = (word.end * 1000 - heard.window.start_ms) / FRAME_MS
        if start < 0 or end > len(rate) or end - start < 1:
            continue
        span = widened(start, end)
        marks = [mark for mark in item.call.marks if mark.word == number and mark.letter == taxonomy.letters[letter]]
        logit = word_logit(rate, near, span)
        bad = any(mark.defective for mark in marks)
        found.append(WordHeard(number, len(marks), float(rate[span].sum()), logit, bad))
    return found


def _evidence(scored: Sequence[Scored], release: Release, place: int) -> Figures:
    """How much of the evidence is right, how much of the defect it shows, and how much it shows in healthy calls."""
    threshold, wanted = release.defects[place].evidence, parameters(release)
    shown: list[NDArray[np.bool_]] = []
    target: list[NDArray[np.bool_]] = []
    healthy: list[NDArray[np.bool_]] = []
    for item in scored:
        for heard in item.windows if placed(item.call) else ():
            frames = combine(*heard.outputs, wanted).frames[:, place]
            shown.append(frames >= threshold)
            target.append(defective_frames(item.call, heard, release.taxonomy.defects[place]))
            healthy.append(np.full(len(frames), item.call.version == "healthy"))
    none = np.empty(0, bool)
    found, right, calm = (np.concatenate([none, *part]) for part in (shown, target, healthy))
    return {
        "precision": _share(right[found]),
        "recall": _share(found[right]),
        "shown_when_healthy": _share(found[calm]),
    }


def _share(condition: NDArray[np.bool_]) -> float | None:
    return round(float(condition.mean()), 4) if len(condition) else None
