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

import pyarrow
import pyarrow.parquet
import soundfile

from diktor.defects import DEFAULT
from diktor.errors import DiktorError
from diktor.learning.corpus.channel import likely
from diktor.learning.foreign.halting import halting, parts
from diktor.learning.foreign.said import Said, as_read, heard, marks, words
from diktor.learning.foreign.spelling import OF
from diktor.learning.foreign.takes import Take
from diktor.learning.processes import context
from diktor.releases import RATE

LIST = "list.parquet"

STUTTERING = "stuttering"

LETTERS = [defect.name for defect in DEFAULT.defects if defect.letter is not None]
"""What speech that was read is an example of: who reads does not halt, which says little of who stutters."""

FLUENT = 12
"""Every so many takes one is an example of everything: speech without a halt is healthy too. With more of them whoever
halts would stutter."""

EVERY = 4
"""Of so many parts of takes one is written halting, and stuttering."""

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
    """What came of it: recordings written, minutes of them, and how many of each letter and stutters are in them."""

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


def _rows(out: Path, seed: int, job: _Job) -> list[dict[str, Any]]:
    if not job.halting:
        codec = likely(Random(f"{seed}/{job.speaker}/{job.number}")) if job.number % 2 else "none"
        return [_row(out, job, as_read(job.take, codec), LETTERS if job.number % FLUENT else None)]
    healthy, stuttering = (
        heard(halting(job.take, version, f"{seed}/{job.name}"), Random(f"{seed}/{job.name}/{version}/line"))
        for version in ("healthy", STUTTERING)
    )
    return [_row(out, job, said, None) for said in (healthy, *([stuttering] if stuttering.stutters else []))]


def _row(out: Path, job: _Job, said: Said, judged: list[str] | None) -> dict[str, Any]:
    found = list(marks(job.take, said))
    having = OF[job.take.language] if any(mark["defective"] for mark in found) else "healthy"
    name = STUTTERING if said.stutters else having
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
        "words": list(words(job.take, said)),
        "marks": found,
        "stutters": [{"start": s.start, "end": s.end, "kind": s.kind} for s in said.stutters],
        "judged": judged,
    }
