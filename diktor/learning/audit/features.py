"""Trivial traits of words and clips: none of them hears how a sound is spoken, so none may tell a defect."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from diktor.learning.audit.frames import Frames, pauses
from diktor.learning.audit.text import text_of
from diktor.learning.concordance import Floats
from diktor.learning.corpus.channel import TELEPHONE
from diktor.learning.corpus.clips import Clip, ClipWord

Level = Literal["word", "clip"]

LEAST_PAUSE_S = 0.03
"""A shorter quiet is the closure of a stop."""

AROUND_S = 0.5
"""How far before and after a word its pauses are looked for."""

Features = dict[str, float]

Columns = tuple[tuple[str, ...], Floats]
"""Names of features and their values (rows, features)."""


def of_clip(clip: Clip, heard: Frames) -> dict[str, Features]:
    """The clip's features by trait: seconds, decibels, hertz, counts."""
    rates = _rates(clip.words)
    spoken = heard.between(clip.words[0].start, clip.words[-1].end)
    stops = pauses(spoken.quiet)
    stops = stops[stops >= LEAST_PAUSE_S]
    loud = ~spoken.quiet if not spoken.quiet.all() else np.ones(len(spoken.quiet), bool)
    level, centroid = spoken.level[loud], spoken.centroid[loud]
    return {
        "duration": {
            "mean seconds per letter": float(rates.mean()),
            "largest seconds per letter": float(rates.max()),
            "spread of seconds per letter": float(rates.std()),
            "largest to median": float(rates.max() / np.median(rates)),
            "longest word": max(word.end - word.start for word in clip.words),
        },
        "pauses": {
            "quiet share": float(spoken.quiet.mean()),
            "longest pause": float(stops.max(initial=0.0)),
            "pauses per word": len(stops) / len(clip.words),
            "paused seconds": float(stops.sum()),
        },
        "energy": {
            "level": float(level.mean()),
            "loudest": float(level.max()),
            "spread of level": float(level.std()),
            "above the quiet": float(level.mean() - np.percentile(heard.level, 5)),
        },
        "centroid": {"centroid": float(centroid.mean()), "spread of centroid": float(centroid.std())},
        "clip length": {"clip seconds": clip.length / TELEPHONE},
        "words": {"words": float(len(clip.words)), "letters": float(sum(len(word.word) for word in clip.words))},
        "text": text_of([word.word for word in clip.words]),
    }


def of_word(clip: Clip, heard: Frames, number: int) -> dict[str, Features]:
    """The features of word `number` of the clip, by the same traits."""
    word, rates = clip.words[number], _rates(clip.words)
    own = heard.between(word.start, word.end)
    usual = heard.level[~heard.quiet].mean() if not heard.quiet.all() else heard.level.mean()
    centre = heard.centroid[~heard.quiet].mean() if not heard.quiet.all() else heard.centroid.mean()
    stops = pauses(own.quiet)
    loud = ~own.quiet if not own.quiet.all() else np.ones(len(own.quiet), bool)
    return {
        "duration": {
            "seconds": word.end - word.start,
            "seconds per letter": float(rates[number]),
            "to the clip's median": float(rates[number] / np.median(rates)),
        },
        "pauses": {
            "quiet share": float(own.quiet.mean()),
            "longest pause inside": float(stops.max(initial=0.0)),
            "pauses inside": float((stops >= LEAST_PAUSE_S).sum()),
            "quiet before": float(heard.between(word.start - AROUND_S, word.start).quiet.mean()),
            "quiet after": float(heard.between(word.end, word.end + AROUND_S).quiet.mean()),
        },
        "energy": {
            "level": float(own.level.mean()),
            "to the clip's": float(own.level[loud].mean() - usual),
            "loudest to the clip's": float(own.level.max() - usual),
            "spread of level": float(own.level.std()),
        },
        "centroid": {
            "centroid": float(own.centroid[loud].mean()),
            "to the clip's": float(own.centroid[loud].mean() - centre),
            "spread of centroid": float(own.centroid[loud].std()),
        },
        "clip length": {"clip seconds": clip.length / TELEPHONE},
        "words": {
            "words in the clip": float(len(clip.words)),
            "place": number / len(clip.words),
            "letters": float(len(word.word)),
        },
        "text": text_of([word.word]),
    }


def columns(rows: Sequence[dict[str, Features]]) -> dict[str, Columns]:
    """The rows' features by trait, as arrays; no rows have no traits."""
    return {
        trait: (tuple(first), np.array([list(row[trait].values()) for row in rows], np.float64))
        for trait, first in (rows[0] if rows else {}).items()
    }


def _rates(words: Sequence[ClipWord]) -> Floats:
    """Seconds per letter of each word."""
    return np.array([(word.end - word.start) / max(1, len(word.word)) for word in words])
