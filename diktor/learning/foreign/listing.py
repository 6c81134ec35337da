"""Speech in other languages as recordings to learn from: where every р and г is, and which of them are as in a defect.

Stage 1 learns from it what letters sound like in people's mouths; stage 2, that one r is uvular and another is not,
that one g is a fricative and another is not. It is for training alone: what a language sounds like is no measure of a
defect.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pyarrow
import pyarrow.parquet
import soundfile

from diktor.errors import DiktorError
from diktor.learning.corpus.channel import likely, through
from diktor.learning.corpus.label import LEAST_CONFIDENCE, about
from diktor.learning.foreign.spelling import OF, sounds
from diktor.learning.foreign.takes import Take
from diktor.learning.transcription.transcripts import SpokenWord
from diktor.releases import FRAME_MS, RATE

LIST = "list.parquet"


class Speaker(NamedTuple):
    """Somebody's takes."""

    name: str
    takes: Sequence[Take]


class Listed(NamedTuple):
    """What came of it: recordings written, minutes of them, and how many of each letter are marked in them."""

    recordings: int
    minutes: float
    letters: dict[str, int]


def write(speakers: Sequence[Speaker], out: Path, seed: int) -> Listed:
    """Leave every take in `out`, every other one through a codec drawn as the corpus draws it, and their list.

    The list is a manifest for `diktor learn corpus --manifest`: words, and every р and г with whether it is defective.

    Raises:
        DiktorError: two speakers have one name.
    """
    if len({speaker.name for speaker in speakers}) < len(speakers):
        raise DiktorError("two folders have one name", "A folder is a speaker: give each its own name")
    out.mkdir(parents=True, exist_ok=True)
    rows = [row for speaker in speakers for row in _rows(speaker, out, seed)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), out / LIST)
    return Listed(
        recordings=len(rows),
        minutes=round(sum(len(take.pcm) for speaker in speakers for take in speaker.takes) / RATE / 60, 2),
        letters={letter: sum(m["letter"] == letter for row in rows for m in row["marks"]) for letter in "рг"},
    )


def _rows(speaker: Speaker, out: Path, seed: int) -> Iterator[dict[str, Any]]:
    for number, take in enumerate(speaker.takes):
        codec = likely(Random(f"{seed}/{speaker.name}/{number}")) if number % 2 else "none"
        name = f"{speaker.name}-{number:03d}"
        soundfile.write(out / f"{name}.wav", through(take.pcm, codec), RATE)
        words = list(_words(take))
        yield {
            "file": f"{name}.wav",
            "class": OF[take.language],
            "speaker": speaker.name,
            "template": name,
            "split": "train",
            "words": [word for word, _ in words],
            "marks": [mark for _, marks in words for mark in marks],
        }


def _words(take: Take) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Every word of a take with its marker letters; none of a word that is not sure."""
    for word in take.words:
        found = sounds(word.text, take.language) if word.probability >= LEAST_CONFIDENCE else None
        start, end = _seconds(word, take)
        marks = [
            {"letter": sound.letter, "start": first, "end": last, "defective": sound.foreign}
            for sound in found or ()
            for first, last in [about(start, end, sound.at, sound.each)]
        ]
        yield {"word": word.text.strip(), "start": start, "end": end, "sure": found is not None}, marks


def _seconds(word: SpokenWord, take: Take) -> tuple[float, float]:
    """Within the take, a frame at least."""
    last = len(take.pcm) / RATE
    end = min(last, max(word.end_ms, word.start_ms + FRAME_MS) / 1000)
    return min(word.start_ms / 1000, end - FRAME_MS / 1000), end
