"""Speech with phone times that examples of defects are made from: the project's own, or an organisation's."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from diktor.errors import DiktorError
from diktor.learning.corpus import source, textgrid
from diktor.learning.corpus.deal import SPLITS, Item, Taken, deal
from diktor.learning.corpus.source import Split, Utterance
from diktor.learning.transcription.text import words as written

_OURS = frozenset(voice for voices in source.VOICES.values() for voice in voices)


def load(folder: Path) -> list[Utterance]:
    """Every utterance of a folder with an `alignment.jsonl`, or with TextGrids beside the recordings.

    Raises:
        DiktorError: it has neither, or a TextGrid cannot be taken.
    """
    if (folder / source.ALIGNMENT).exists():
        return source.load(folder)
    if grids := textgrid.there(folder):
        return textgrid.read(folder, grids)
    raise DiktorError(
        f"{folder} has no {source.ALIGNMENT} and no TextGrids",
        "Name a folder with either: assets/speech, or recordings that an aligner placed",
    )


def mark(utterances: Sequence[Utterance]) -> str:
    """What tells this speech's clips from another's: nothing for the project's own."""
    if {utterance.voice for utterance in utterances} <= _OURS:
        return ""
    said = repr([(u.id, u.voice, u.duration_s, u.text) for u in utterances])
    return hashlib.sha256(said.encode()).hexdigest()[:8] + "-"


def split(utterances: list[Utterance], seed: int, taken: Taken) -> dict[Split, list[Utterance]]:
    """Utterances by split, no speaker and no text in two; the project's own voices always in the same.

    What is `taken` stays where it is. What would have its speaker in one split and its text in another is left out.

    Raises:
        DiktorError: a split is left without speech, and nothing was taken that could have some.
    """
    if {utterance.voice for utterance in utterances} <= _OURS:
        return source.split(utterances)
    items = [Item(u.voice, " ".join(written(u.text)), "healthy", u.duration_s) for u in utterances]
    where = deal(items, seed, taken)
    parts = {name: [u for u, own in zip(utterances, where, strict=True) if own == name] for name in SPLITS}
    there = {name for name in SPLITS if parts[name]} | set(taken.speakers.values())
    if len(there) < len(SPLITS):
        speakers, missing = len({u.voice for u in utterances}), [name for name in SPLITS if name not in there]
        raise DiktorError(
            f"speech of {speakers} speakers leaves nothing for {', '.join(missing)}",
            "Give three speakers with texts of their own, or take a finished corpus along with --add",
        )
    return parts
