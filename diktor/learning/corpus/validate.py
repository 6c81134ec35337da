"""Looks through an archive before anything is learned from it: every offender with its cause, and a clean table."""

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from diktor.defects import DEFAULT, MIXED, Taxonomy
from diktor.files import draft
from diktor.learning.corpus.archive import AUDIO, CLEAN, REPORT, TABLE, files
from diktor.learning.corpus.examine import Checked, Inputs, examine
from diktor.recordings import digest_of


class Offender(msgspec.Struct, frozen=True):
    """A line of the table that cannot be taken, and why."""

    where: str
    what: str


class Validation(msgspec.Struct, frozen=True):
    """What an archive is good for.

    By class how many recordings can be taken and their minutes; `empty` classes have none. `unlisted` files lie beside
    those that are listed. `table` and `clean` are the SHA-256 of the table and of its clean copy, "" if none was made.
    """

    ok: bool
    recordings: int
    classes: dict[str, int]
    minutes: dict[str, float]
    empty: tuple[str, ...]
    offenders: tuple[Offender, ...]
    unlisted: tuple[str, ...]
    table: str
    clean: str


def validate(
    folder: Path, drop: bool, jobs: int, advance: Callable[[str, int, int], None], taxonomy: Taxonomy = DEFAULT
) -> Validation:
    """Hear every recording of an archive, and leave a report in it; with `drop` a table of what can be taken too.

    It is ok if nothing is wrong and no class is empty, or if what is wrong may be dropped and something is left.

    Raises:
        DiktorError: there is no table, or the folder cannot be written.
    """
    (folder / REPORT).unlink(missing_ok=True)  # with it the clean copy of an earlier validation counts no more
    with ProcessPoolExecutor(jobs, initializer=os.nice, initargs=(5,)) as pool:
        taken, problems = examine(Inputs(archives=(folder,), taxonomy=taxonomy), (), pool, advance)
    classes = Counter(dict.fromkeys(taxonomy.classes, 0))
    seconds: defaultdict[str, float] = defaultdict(float)
    for item in taken:
        name = _class(item, taxonomy)
        classes[name] += 1
        seconds[name] += sum(item.seconds.values())
    empty = tuple(name for name, count in classes.items() if not count)
    if drop and taken:
        with draft(folder / CLEAN) as path:
            _write(path, taken, taxonomy)
    made = Validation(
        ok=bool(taken) and (drop or not (problems or empty)),
        recordings=len(taken),
        classes=dict(classes),
        minutes={name: round(seconds[name] / 60, 2) for name in classes},
        empty=empty,
        offenders=tuple(Offender(problem.where, problem.what) for problem in problems),
        unlisted=_unlisted(folder),
        table=digest_of(folder / TABLE),
        clean=digest_of(folder / CLEAN) if drop and taken else "",
    )
    with draft(folder / REPORT) as path:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(made)))
    return made


def _class(item: Checked, taxonomy: Taxonomy) -> str:
    version = item.entry.version
    return version if version in (*taxonomy.names, MIXED) else taxonomy.classes[0]


def _unlisted(folder: Path) -> tuple[str, ...]:
    listed = set(files(folder / TABLE))
    there = (path.relative_to(folder / AUDIO).as_posix() for path in (folder / AUDIO).rglob("*") if path.is_file())
    return tuple(sorted(name for name in there if name not in listed))


def _write(path: Path, taken: Sequence[Checked], taxonomy: Taxonomy) -> None:
    """In the form of the table, in its order."""
    numbers = {name: str(number) for number, name in enumerate(taxonomy.classes)}
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = ((item.entry.name, _class(item, taxonomy)) for item in taken)
        csv.writer(file, lineterminator="\n").writerows((name, numbers.get(kind, kind)) for name, kind in rows)
