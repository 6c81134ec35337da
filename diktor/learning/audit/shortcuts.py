"""The shortcut audit: a simple classifier with trivial traits, and no network, must fail to tell a defect.

Whoever has the defect is set against healthy speech alone, among clips and words that could have it: a word without р
is no evidence for or against rhotacism.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from diktor.defects import DEFAULT, Defect, Taxonomy
from diktor.errors import DiktorError
from diktor.learning.audit.features import Columns, Features, Level, columns, of_clip, of_word
from diktor.learning.audit.frames import frames
from diktor.learning.audit.guess import guess
from diktor.learning.audit.intervals import LEAST, Verdict
from diktor.learning.calibration import holds
from diktor.learning.concordance import Floats
from diktor.learning.corpus.clips import Clip, read_audio

LIMIT = 0.65
"""An AUC from here on is a shortcut."""

TOGETHER = "all of them"

Advance = Callable[[str, int, int], None]


class Shortcut(msgspec.Struct, frozen=True):
    """What one trait tells of one defect, by the better of two classifiers.

    `among_vocoded` is its AUC with those healthy clips alone that passed the vocoder: what falls to .5 there came from
    healthy clips being left as they were spoken. `telling` is the single feature that tells most, with its AUC: below
    .5 it is smaller in defective speech. AUCs are None where there are too few rows.
    """

    level: Level
    defect: str
    trait: str
    rows: int
    defective: int
    auc: float | None = None
    low: float | None = None
    high: float | None = None
    classifier: str = ""
    among_vocoded: float | None = None
    telling: str = ""
    telling_auc: float | None = None
    verdict: Verdict = "too few"


class _Row(NamedTuple):
    """A clip, or its word of that number, and its features by trait."""

    clip: Clip
    word: int | None
    features: dict[str, Features]


class _Cases(NamedTuple):
    """Words or clips that could have the defect: whose they are and whether they have it."""

    clips: Sequence[Clip]
    target: NDArray[np.bool_]
    traits: dict[str, Columns]


def shortcuts(folder: Path, clips: Sequence[Clip], advance: Advance, taxonomy: Taxonomy = DEFAULT) -> list[Shortcut]:
    """Every trait, alone and together, against every defect, by word and by clip.

    Raises:
        DiktorError: the corpus has one voice or one sentence template only.
    """
    if min(len({clip.voice for clip in clips}), len({clip.kind for clip in clips})) < 2:
        raise DiktorError(
            "the corpus has one voice or one sentence template only", "Audit one that has two of each, or more"
        )
    rows: list[_Row] = []
    for done, clip in enumerate(clips, 1):
        rows += _measured(folder, clip)
        advance("features", done, len(clips))
    asked: list[tuple[Level, Defect]] = [(level, defect) for level in ("word", "clip") for defect in taxonomy.defects]
    found: list[Shortcut] = []
    for done, (level, defect) in enumerate(asked, 1):
        found += _audit(level, defect, _cases(rows, level, defect))
        advance("shortcuts", done, len(asked))
    return found


def _measured(folder: Path, clip: Clip) -> list[_Row]:
    if not clip.words:
        return []
    heard = frames(read_audio(folder, clip))
    words = [_Row(clip, number, of_word(clip, heard, number)) for number in range(len(clip.words))]
    return [_Row(clip, None, of_clip(clip, heard)), *words]


def _cases(rows: Sequence[_Row], level: Level, defect: Defect) -> _Cases:
    """Healthy clips and those with the defect, as far as that is known of them; of them what could have it."""
    letter = defect.letter
    chosen, target = [], []
    for row in rows:
        if (row.word is None) != (level == "clip") or not (row.clip.version == "healthy" or holds(row.clip, defect)):
            continue
        if row.clip.judged and defect.name not in row.clip.judged:
            continue
        marks = [mark for mark in row.clip.marks if mark.letter == letter and row.word in (None, mark.word)]
        if letter is not None and not marks:
            continue
        chosen.append(row)
        if letter is not None:
            target.append(any(mark.defective for mark in marks))
        else:
            target.append(bool(row.clip.stutters) if row.word is None else row.clip.words[row.word].stuttered)
    return _Cases([row.clip for row in chosen], np.array(target, bool), columns([row.features for row in chosen]))


def _audit(level: Level, defect: Defect, cases: _Cases) -> list[Shortcut]:
    if not cases.traits:
        return [Shortcut(level, defect.name, TOGETHER, 0, 0)]
    names = tuple(f"{trait}: {name}" for trait, (own, _) in cases.traits.items() for name in own)
    together = np.concatenate([values for _, values in cases.traits.values()], axis=1)
    traits = {**cases.traits, TOGETHER: (names, together)}
    return [_shortcut(level, defect, trait, cases, *traits[trait]) for trait in traits]


def _shortcut(
    level: Level, defect: Defect, trait: str, cases: _Cases, names: tuple[str, ...], values: Floats
) -> Shortcut:
    defective = int(cases.target.sum())
    empty = Shortcut(level, defect.name, trait, len(cases.target), defective)
    if min(defective, len(cases.target) - defective) < LEAST:
        return empty
    guessed = guess(cases.clips, values, cases.target)
    if guessed is None:
        return empty
    telling, area = _most_telling(names, values, cases.target)
    return msgspec.structs.replace(
        empty,
        auc=guessed.found.auc,
        low=guessed.found.low,
        high=guessed.found.high,
        classifier=guessed.classifier,
        among_vocoded=guessed.among_vocoded.auc if guessed.among_vocoded else None,
        telling=telling,
        telling_auc=area,
        verdict="passes" if guessed.found.auc < LIMIT else "fails",
    )


def _most_telling(names: tuple[str, ...], values: Floats, target: NDArray[np.bool_]) -> tuple[str, float]:
    """The feature whose AUC lies farthest from .5, without any classifier."""
    areas = np.array([roc_auc_score(target, column) for column in values.T])
    place = int(np.argmax(np.abs(areas - 0.5)))
    return names[place], round(float(areas[place]), 4)
