"""From transcripts to what stage 1 learns: a line of counts per channel, and a report of how far to trust them."""

from pathlib import Path
from typing import NamedTuple

import msgspec

from diktor import files
from diktor.audio.grid import Grid
from diktor.defects import DEFAULT, Taxonomy
from diktor.learning.transcription.counting import Counted, count
from diktor.learning.transcription.known import known
from diktor.learning.transcription.report import Report, report
from diktor.learning.transcription.transcripts import Model, load

COUNTS, DOCUMENT = "counts.jsonl", "preparation.json"


class Preparation(msgspec.Struct, frozen=True):
    """How counts were made, from what, and the report where texts are known."""

    letters: tuple[str, ...]
    length_ms: int
    hop_ms: int
    min_confidence: float
    models: list[Model]
    channels: int
    words: int
    kept: int
    windows: int
    uncertain: int
    report: Report | None


class Recipe(NamedTuple):
    """Where the transcripts are; the recordings or the corpus with their texts, if any; how to count."""

    transcripts: Path
    audio: Path | None
    grid: Grid
    min_confidence: float
    taxonomy: Taxonomy = DEFAULT


def prepare(recipe: Recipe, out: Path) -> Preparation:
    """Write `counts.jsonl` (a `Counted` per line) and `preparation.json` to `out`, each all or nothing.

    Raises:
        DiktorError: there are no transcripts, one is damaged, or the table of texts is.
    """
    transcripts = load(recipe.transcripts)
    counted = [item for t in transcripts for item in count(t, recipe.grid, recipe.min_confidence, recipe.taxonomy)]
    texts = known(recipe.audio) if recipe.audio else {}
    words = [word for item in counted for word in item.words]
    windows = [window for item in counted for window in item.windows]
    made = Preparation(
        letters=recipe.taxonomy.letters,
        length_ms=recipe.grid.length_ms,
        hop_ms=recipe.grid.hop_ms,
        min_confidence=recipe.min_confidence,
        models=sorted({transcript.model for transcript in transcripts}, key=lambda model: (model.name, model.digest)),
        channels=len(counted),
        words=len(words),
        kept=sum(word.confidence >= recipe.min_confidence for word in words),
        windows=len(windows),
        uncertain=sum(window.uncertain for window in windows),
        report=report(counted, texts, recipe.min_confidence, recipe.taxonomy),
    )
    files.write(out / COUNTS, b"".join(msgspec.json.encode(item) + b"\n" for item in counted))
    files.write(out / DOCUMENT, msgspec.json.format(msgspec.json.encode(made)) + b"\n")
    return made


def load_counts(folder: Path) -> list[Counted]:
    """What `prepare` left in a folder, in its order."""
    return msgspec.json.Decoder(Counted).decode_lines((folder / COUNTS).read_bytes())
