"""Speech in other languages as recordings to learn from: where every р and г is, and which of them are as in a defect.

Stage 1 learns from it what letters sound like in people's mouths; stage 2, that one r is uvular and another is not,
that one g is a fricative and another is not, and what people sound like who halt, and who stutter. It is for training
alone: what a language sounds like is no measure of a defect.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pyarrow
import pyarrow.parquet
import soundfile
import soxr
from numpy.typing import NDArray

from diktor.errors import DiktorError
from diktor.learning.corpus.channel import telephone
from diktor.learning.corpus.label import LEAST_CONFIDENCE, about
from diktor.learning.corpus.render import Rendering
from diktor.learning.corpus.source import RATE as SOURCE_RATE
from diktor.learning.foreign.halting import halting, parts
from diktor.learning.foreign.spelling import OF, Sound, sounds
from diktor.learning.foreign.takes import Take
from diktor.learning.processes import context
from diktor.learning.transcription.transcripts import SpokenWord
from diktor.releases import FRAME_MS, RATE

LIST = "list.parquet"

STUTTERING = "stuttering"

OVER_THE_TELEPHONE = 0.5
"""Share of what is heard through room, band, noise and codec, as the corpus draws them."""

MOST_SLOWER = 1.5
"""What is so much farther from a letter than it was is a pause, or a vowel drawn out."""

_STRETCH = [("start", pyarrow.float64()), ("end", pyarrow.float64())]
_SCHEMA = pyarrow.schema(
    [
        *((name, pyarrow.string()) for name in ("file", "class", "speaker", "template", "group", "split")),
        ("seconds", pyarrow.float64()),
        ("words", pyarrow.list_(pyarrow.struct([("word", pyarrow.string()), *_STRETCH, ("sure", pyarrow.bool_())]))),
        (
            "marks",
            pyarrow.list_(pyarrow.struct([("letter", pyarrow.string()), *_STRETCH, ("defective", pyarrow.bool_())])),
        ),
        ("stutters", pyarrow.list_(pyarrow.struct([*_STRETCH, ("kind", pyarrow.string())]))),
    ]
)


class Speaker(NamedTuple):
    """Somebody's takes."""

    name: str
    takes: Sequence[Take]


class Listed(NamedTuple):
    """What came of it: recordings written, minutes of them, and how many of each letter are marked in them."""

    recordings: int
    minutes: float
    letters: dict[str, int]
    stutters: int


def write(speakers: Sequence[Speaker], out: Path, seed: int) -> Listed:
    """Leave the parts of every take in `out`, halting and stuttering, half of them over the telephone, and their list.

    The list is a manifest for `diktor learn corpus --manifest`: words, every р and г with whether it is defective, and
    stutters.

    Raises:
        DiktorError: two speakers have one name.
    """
    if len({speaker.name for speaker in speakers}) < len(speakers):
        raise DiktorError("two folders have one name", "A folder is a speaker: give each its own name")
    out.mkdir(parents=True, exist_ok=True)
    jobs = [(speaker.name, number, part) for speaker in speakers for number, part in enumerate(_parts(speaker))]
    with ProcessPoolExecutor(mp_context=context()) as pool:
        rows = [row for rows in pool.map(partial(_rows, out, seed), jobs, chunksize=8) for row in rows]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, _SCHEMA), out / LIST)
    return Listed(
        recordings=len(rows),
        minutes=round(sum(row["seconds"] for row in rows) / 60, 2),
        letters={letter: sum(m["letter"] == letter for row in rows for m in row["marks"]) for letter in "рг"},
        stutters=sum(len(row["stutters"]) for row in rows),
    )


def _parts(speaker: Speaker) -> Iterator[Take]:
    for take in speaker.takes:
        yield from parts(take)


def _rows(out: Path, seed: int, job: tuple[str, int, Take]) -> list[dict[str, Any]]:
    """A part of a take as it is halted in, and stuttered if any of its words can be."""
    speaker, number, take = job
    name = f"{speaker}-{number:04d}"
    rows = []
    for version in ("healthy", STUTTERING):
        said = halting(take, version, f"{seed}/{name}")
        if version == STUTTERING and not said.stutters:
            continue
        pcm, lead = _heard(said, Random(f"{seed}/{name}/{version}/line"))
        file = f"{name}-{version}.wav"
        soundfile.write(out / file, pcm, RATE)
        marks = list(_marks(take, said, lead))
        having = OF[take.language] if any(mark["defective"] for mark in marks) else "healthy"
        rows.append(
            {
                "file": file,
                "class": version if version == STUTTERING else having,
                "speaker": speaker,
                "template": name,
                "group": name,
                "split": "train",
                "seconds": len(pcm) / RATE,
                "words": list(_words(take, said, lead)),
                "marks": marks,
                "stutters": [{"start": s.start + lead, "end": s.end + lead, "kind": s.kind} for s in said.stutters],
            }
        )
    return rows


def _heard(said: Rendering, rng: Random) -> tuple[NDArray[np.int16], float]:
    """(samples,) at 8 kHz as they are, or from a telephone, and how many seconds later than they were said."""
    if rng.random() < OVER_THE_TELEPHONE:
        heard = telephone(said.samples, rng)
        return heard.pcm, heard.lead_s
    return np.asarray(np.round(soxr.resample(said.samples, SOURCE_RATE, RATE).clip(-1, 1) * 32767), np.int16), 0.0


def _words(take: Take, said: Rendering, lead: float) -> Iterator[dict[str, Any]]:
    """Every word, and whether it is sure how its letters are spoken."""
    for word, now in zip(take.words, said.words, strict=True):
        sure = _sounds(word, take.language) is not None
        start, end = now.start + lead, max(now.end, now.start + FRAME_MS / 1000) + lead
        yield {"word": word.text.strip(), "start": start, "end": end, "sure": sure}


def _marks(take: Take, said: Rendering, lead: float) -> Iterator[dict[str, Any]]:
    """Every marker letter; none of a word that is not sure."""
    for word in take.words:
        start, end = word.start_ms / 1000, max(word.end_ms, word.start_ms + FRAME_MS) / 1000
        for sound in _sounds(word, take.language) or ():
            first, last = _now(said, start + sound.at * (end - start), *about(start, end, sound.at, sound.each))
            yield {"letter": sound.letter, "start": first + lead, "end": last + lead, "defective": sound.foreign}


def _now(said: Rendering, middle: float, first: float, last: float) -> tuple[float, float]:
    """Where a letter may be now that was between `first` and `last`: not in a pause that was put in there."""
    now = said.time(middle, True)
    start = max(said.time(first, True), now - MOST_SLOWER * (middle - first))
    return start, min(said.time(last, False), now + MOST_SLOWER * (last - middle))


def _sounds(word: SpokenWord, language: str) -> tuple[Sound, ...] | None:
    return sounds(word.text, language) if word.probability >= LEAST_CONFIDENCE else None
