"""Speech in other languages as recordings to learn from: where every р and г is, and which of them are as in a defect.

Stage 1 learns from it what letters sound like in people's mouths; stage 2, that one r is uvular and another is not,
that one g is a fricative and another is not, and what people sound like who halt, and who stutter. It is for training
alone: what a language sounds like is no measure of a defect.
"""

from collections.abc import Callable, Iterator, Sequence
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

from diktor.defects import DEFAULT
from diktor.errors import DiktorError
from diktor.learning.corpus.channel import likely, telephone, through
from diktor.learning.corpus.clips import ClipWord, Stutter, Version, later
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

LETTERS = [defect.name for defect in DEFAULT.defects if defect.letter is not None]
"""What speech that was read is an example of: who reads does not halt, which says little of who stutters."""

FLUENT = 12
"""Every so many takes one is an example of everything: speech without a halt is healthy too. With more of them whoever
halts would stutter."""

EVERY = 4
"""Of so many parts of takes one is written halting, and stuttering."""

OVER_THE_TELEPHONE = 0.5
"""Share of these that is heard through room, band, noise and codec, as the corpus draws them."""

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
        ("judged", pyarrow.list_(pyarrow.string())),
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
    """Leave every take in `out` as it was read, some parts of it halting and stuttering, and their list.

    The list is a manifest for `diktor learn corpus --manifest`: words, every р and г with whether it is defective, and
    stutters.

    Raises:
        DiktorError: two speakers have one name.
    """
    if len({speaker.name for speaker in speakers}) < len(speakers):
        raise DiktorError("two folders have one name", "A folder is a speaker: give each its own name")
    out.mkdir(parents=True, exist_ok=True)
    jobs = [job for speaker in speakers for job in _jobs(speaker)]
    with ProcessPoolExecutor(mp_context=context()) as pool:
        rows = [row for rows in pool.map(partial(_rows, out, seed), jobs, chunksize=8) for row in rows]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, _SCHEMA), out / LIST)
    return Listed(
        recordings=len(rows),
        minutes=round(sum(row["seconds"] for row in rows) / 60, 2),
        letters={letter: sum(m["letter"] == letter for row in rows for m in row["marks"]) for letter in "рг"},
        stutters=sum(len(row["stutters"]) for row in rows),
    )


class _Job(NamedTuple):
    """A take as it was read; or a part of one, `halting`."""

    name: str
    speaker: str
    number: int
    take: Take
    halting: bool


def _jobs(speaker: Speaker) -> Iterator[_Job]:
    for number, take in enumerate(speaker.takes):
        yield _Job(f"{speaker.name}-{number:03d}", speaker.name, number, take, False)
    some = [part for take in speaker.takes for part in parts(take)][::EVERY]
    for number, take in enumerate(some):
        yield _Job(f"{speaker.name}-halting-{number:03d}", speaker.name, number, take, True)


class _Said(NamedTuple):
    """What is heard, (samples,) int16 at 8 kHz, where its words and stutters are, and where a second of the take is."""

    pcm: NDArray[np.int16]
    words: Sequence[ClipWord]
    stutters: Sequence[Stutter]
    time: Callable[[float, bool], float]


def _rows(out: Path, seed: int, job: _Job) -> list[dict[str, Any]]:
    if not job.halting:
        codec = likely(Random(f"{seed}/{job.speaker}/{job.number}")) if job.number % 2 else "none"
        said = _as_read(job.take, codec)
        return [_row(out, job, _class(job.take, said), said, LETTERS if job.number % FLUENT else None)]
    found = []
    for version in ("healthy", STUTTERING):
        said = _heard(halting(job.take, version, f"{seed}/{job.name}"), Random(f"{seed}/{job.name}/{version}/line"))
        if version == "healthy":
            found.append(_row(out, job, _class(job.take, said), said, None))
        elif said.stutters:
            found.append(_row(out, job, STUTTERING, said, None))
    return found


def _row(out: Path, job: _Job, name: str, said: _Said, judged: list[str] | None) -> dict[str, Any]:
    file = f"{job.name}-{name}.wav"
    soundfile.write(out / file, said.pcm, RATE)
    return {
        "file": file,
        "class": name,
        "speaker": job.speaker,
        "template": job.name,
        "group": job.name,
        "split": "train",
        "seconds": len(said.pcm) / RATE,
        "words": list(_words(job.take, said)),
        "marks": list(_marks(job.take, said)),
        "stutters": [{"start": s.start, "end": s.end, "kind": s.kind} for s in said.stutters],
        "judged": judged,
    }


def _class(take: Take, said: _Said) -> Version:
    return OF[take.language] if any(mark["defective"] for mark in _marks(take, said)) else "healthy"


def _as_read(take: Take, codec: str) -> _Said:
    length, words = len(take.pcm) / RATE, []
    for word in take.words:
        end = min(length, max(word.end_ms, word.start_ms + FRAME_MS) / 1000)
        words.append(ClipWord(word.text, min(word.start_ms / 1000, end - FRAME_MS / 1000), end, False))
    return _Said(through(take.pcm, codec), words, (), lambda seconds, after: min(seconds, length))


def _heard(said: Rendering, rng: Random) -> _Said:
    """As it was said, or over a telephone."""
    if rng.random() < OVER_THE_TELEPHONE:
        heard = telephone(said.samples, rng)
        pcm, lead = heard.pcm, heard.lead_s
    else:
        plain = soxr.resample(said.samples, SOURCE_RATE, RATE).clip(-1, 1)
        pcm, lead = np.asarray(np.round(plain * 32767), np.int16), 0.0
    return _Said(
        pcm,
        later(said.words, lead),
        later(said.stutters, lead),
        lambda seconds, after: said.time(seconds, after) + lead,
    )


def _words(take: Take, said: _Said) -> Iterator[dict[str, Any]]:
    """Every word, and whether it is sure how its letters are spoken."""
    for word, now in zip(take.words, said.words, strict=True):
        sure, end = _sounds(word, take.language) is not None, max(now.end, now.start + FRAME_MS / 1000)
        yield {"word": word.text.strip(), "start": now.start, "end": end, "sure": sure}


def _marks(take: Take, said: _Said) -> Iterator[dict[str, Any]]:
    """Every marker letter; none of a word that is not sure."""
    for word in take.words:
        start, end = word.start_ms / 1000, max(word.end_ms, word.start_ms + FRAME_MS) / 1000
        for sound in _sounds(word, take.language) or ():
            first, last = _now(said, start + sound.at * (end - start), *about(start, end, sound.at, sound.each))
            yield {"letter": sound.letter, "start": first, "end": last, "defective": sound.foreign}


def _now(said: _Said, middle: float, first: float, last: float) -> tuple[float, float]:
    """Where a letter may be now that was between `first` and `last`: not in a pause that was put in there."""
    now = said.time(middle, True)
    start = max(said.time(first, True), now - MOST_SLOWER * (middle - first))
    return start, min(said.time(last, False), now + MOST_SLOWER * (last - middle))


def _sounds(word: SpokenWord, language: str) -> tuple[Sound, ...] | None:
    return sounds(word.text, language) if word.probability >= LEAST_CONFIDENCE else None
