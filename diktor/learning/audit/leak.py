"""The leak audit: words without the marker letter must sound the same to a network in defective and healthy speech.

The words are the same, and stand among their neighbours: held-out utterances one after another, once as they are
healthy and once with the defect, cut into windows as in service.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import numpy as np

from diktor.audio.grid import Grid
from diktor.defects import DEFAULT, Defect, Taxonomy
from diktor.errors import DiktorError
from diktor.learning.audit.intervals import LEAST, Interval, Verdict, interval
from diktor.learning.calibration import holds
from diktor.learning.calls import CLIPS, Scored, joined, listen
from diktor.learning.corpus.clips import Clip, Version
from diktor.learning.evaluation import window_words

LIMIT = 0.60
"""A leak's AUC may be as large."""

SEED = 7

HELD_OUT = ("dev", "test")


class Leak(msgspec.Struct, frozen=True):
    """How well a defect's score on words without its letter tells defective speech from healthy speech.

    `among_vocoded` leaves out the words whose healthy version never passed the vocoder. AUCs are None where there are
    too few words.
    """

    defect: str
    letter: str
    words: int
    auc: float | None = None
    low: float | None = None
    high: float | None = None
    among_vocoded: float | None = None
    verdict: Verdict = "too few"


class Context(NamedTuple):
    """Clips of one voice and version, one after another; what other versions say in the same `place` is the same."""

    place: str
    version: Version
    clips: tuple[Clip, ...]


class _Word(NamedTuple):
    """A word in its healthy and in its defective version."""

    healthy: float
    defective: float
    clip: Clip
    natural: bool


def contexts(clips: Sequence[Clip], taxonomy: Taxonomy = DEFAULT) -> list[Context]:
    """The held-out utterances that exist healthy and with a letter's defect, in the same order in each version."""
    wanted = ("healthy", *(defect.name for defect in taxonomy.defects if defect.letter))
    voices: dict[tuple[str, str], dict[str, dict[str, Clip]]] = {}
    for clip in clips:
        if clip.split in HELD_OUT and clip.version in wanted:
            groups = voices.setdefault((clip.split, clip.voice), {})
            groups.setdefault(clip.group, {})[clip.version] = clip
    found = []
    for (split, voice), groups in sorted(voices.items()):
        whole = sorted(group for group, versions in groups.items() if len(versions) == len(wanted))
        Random(f"{SEED}/{split}/{voice}").shuffle(whole)
        for first in range(0, len(whole), CLIPS):
            for version in wanted:
                chosen = tuple(groups[group][version] for group in whole[first : first + CLIPS])
                found.append(Context(f"{split}-{voice}-{first}", chosen[0].version, chosen))
    return found


def hear(
    corpus: Path,
    found: Sequence[Context],
    members: Sequence[Path],
    processes: int,
    advance: Callable[[int, int], None],
) -> list[Scored]:
    """Every context through the members' ONNX files, as a call.

    Raises:
        DiktorError: a member has no ONNX file.
    """
    for member in members:
        if not member.exists():
            raise DiktorError(f"{member} is missing", "Run: diktor learn evaluate")
    calls = [joined(corpus, f"{item.place}-{item.version}", item.version, item.clips) for item in found]
    return listen(calls, members, Grid(), processes, advance)


def leaks(found: Sequence[Context], scored: Sequence[Scored], taxonomy: Taxonomy = DEFAULT) -> list[Leak]:
    """The leak of each letter's defect; `scored` are the contexts, in their order."""
    heard = {(item.place, item.version): (item, call) for item, call in zip(found, scored, strict=True)}
    result = []
    for place in taxonomy.spoken:
        words: list[_Word] = []
        for name, version in heard:
            if version == taxonomy.names[place]:
                words += _matched(heard[name, "healthy"], heard[name, version], place, taxonomy)
        result.append(_leak(taxonomy.defects[place], words))
    return result


def _matched(
    healthy: tuple[Context, Scored], defective: tuple[Context, Scored], place: int, taxonomy: Taxonomy
) -> list[_Word]:
    """Words without the letter of the clips that hold the defect, where both versions were heard."""
    usual, other = _logits(healthy[1], place, taxonomy), _logits(defective[1], place, taxonomy)
    pairs = zip(healthy[0].clips, defective[0].clips, strict=True)
    owners = [(sound, ill) for sound, ill in pairs for _ in ill.words]
    return [
        _Word(usual[number], other[number], owners[number][1], owners[number][0].natural)
        for number in sorted(usual.keys() & other.keys())
        if holds(owners[number][1], taxonomy.defects[place])
    ]


def _logits(item: Scored, place: int, taxonomy: Taxonomy) -> dict[int, float]:
    """The defect's logit of each word without the letter, by its number; the mean of the windows that hold it."""
    found: dict[int, list[float]] = {}
    for window in item.windows:
        for word in window_words(item, window, place, taxonomy):
            if not word.letters:
                found.setdefault(word.number, []).append(word.logit)
    return {number: float(np.mean(logits)) for number, logits in found.items()}


def _leak(defect: Defect, words: Sequence[_Word]) -> Leak:
    area, vocoded = _interval(words), _interval([word for word in words if not word.natural])
    empty = Leak(defect.name, defect.letter or "", len(words))
    if area is None:
        return empty
    return msgspec.structs.replace(
        empty,
        auc=area.auc,
        low=area.low,
        high=area.high,
        among_vocoded=vocoded.auc if vocoded else None,
        verdict="passes" if area.auc <= LIMIT else "fails",
    )


def _interval(words: Sequence[_Word]) -> Interval | None:
    """Defective against healthy versions, voice by voice."""
    if len(words) < LEAST:
        return None
    voices = sorted({word.clip.voice for word in words})
    scores = np.array([word.healthy for word in words] + [word.defective for word in words])
    target = np.arange(2 * len(words)) >= len(words)
    strata = np.array([voices.index(word.clip.voice) for word in words] * 2)
    return interval(scores, target, strata, [word.clip.group for word in words] * 2)
