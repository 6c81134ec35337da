"""The archive of the system before this one: a table of file names and classes, and mp3 files beside it."""

import csv
from collections.abc import Iterator
from pathlib import Path

from diktor.defects import DEFAULT, Taxonomy
from diktor.errors import DiktorError
from diktor.learning.corpus.entries import Entry, Listed, Problem, file_of, gathered, version_of

TABLE = "data_train.csv"
"""Without header: file name, class (0 none, 1 rhotacism, 2 fricative г, 3 stuttering: the taxonomy's order)."""

AUDIO = "data_mp3/train"


def read(folder: Path, taxonomy: Taxonomy = DEFAULT) -> Listed:
    """Every recording that the archive's table lists. Who speaks and what is said it does not know.

    Raises:
        DiktorError: there is no table.
    """
    table = folder / TABLE
    if not table.is_file():
        raise DiktorError(f"{table} is missing", f"An archive has {TABLE} and {AUDIO}/*.mp3")
    try:
        return gathered(_lines(folder, table, taxonomy))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DiktorError(f"{table} cannot be read: {error}", "It is plain text in UTF-8: file name, class") from error


def _lines(folder: Path, table: Path, taxonomy: Taxonomy) -> Iterator[Entry | Problem]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.reader(file, strict=True), 1):
            if row:
                yield _line(folder / AUDIO, f"{folder.name}/{TABLE}, line {number}", row, taxonomy)


def _line(folder: Path, where: str, row: list[str], taxonomy: Taxonomy) -> Entry | Problem:
    if len(row) != 2:
        return Problem(where, f"{len(row)} columns, two are wanted: file name, class")
    name = row[0].strip()
    if name and not Path(name).suffix:
        name += ".mp3"
    version = version_of(row[1], where, None, taxonomy)
    path = file_of(folder, name, where)
    if isinstance(path, Problem):
        return path
    return version if isinstance(version, Problem) else Entry(where, path, name, version)
