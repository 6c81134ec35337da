"""The archive of the system before this one: a table of file names and classes, and mp3 files beside it."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from diktor.defects import DEFAULT, Taxonomy
from diktor.errors import DiktorError
from diktor.learning.corpus.entries import Entry, Listed, Problem, file_of, gathered, version_of
from diktor.recordings import digest_of

TABLE = "data_train.csv"
"""Without header: file name, class (0 none, 1 rhotacism, 2 fricative г, 3 stuttering: the taxonomy's order)."""

AUDIO = "data_mp3/train"

CLEAN, REPORT = "data_train.valid.csv", "validation.json"
"""What `diktor data validate --drop` leaves beside the table: a copy without what is wrong, and the report."""


class _Report(msgspec.Struct):
    """What is read of a report here: SHA-256 of the table and of the clean copy, "" if none was made."""

    table: str
    clean: str


def read(folder: Path, taxonomy: Taxonomy = DEFAULT) -> Listed:
    """Every recording that the archive's table lists. Who speaks and what is said it does not know.

    Raises:
        DiktorError: there is no table.
    """
    table = table_of(folder)
    with _rows(table) as rows:
        return gathered(
            _line(folder / AUDIO, f"{folder.name}/{table.name}, line {number}", row, taxonomy) for number, row in rows
        )


def table_of(folder: Path) -> Path:
    """The table to read: its clean copy, as long as both are as validation left them.

    Raises:
        DiktorError: there is no table.
    """
    table, clean = folder / TABLE, folder / CLEAN
    if not table.is_file():
        raise DiktorError(f"{table} is missing", f"An archive has {TABLE} and {AUDIO}/*.mp3")
    try:
        told = msgspec.json.decode((folder / REPORT).read_bytes(), type=_Report)
        same = told == _Report(digest_of(table), digest_of(clean))
    except (FileNotFoundError, msgspec.MsgspecError):
        return table
    return clean if same else table


def files(table: Path) -> Iterator[str]:
    """The names of the recordings that a table lists, as they lie in `AUDIO`; lines that name none are passed over.

    Raises:
        DiktorError: it is no table.
    """
    with _rows(table) as rows:
        yield from (_file(row) for _, row in rows if len(row) == 2 and row[0].strip())


@contextmanager
def _rows(table: Path) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """A table's rows by line; what is wrong with it as a whole, in our words."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            yield ((number, row) for number, row in enumerate(csv.reader(file, strict=True), 1) if row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DiktorError(f"{table} cannot be read: {error}", "It is plain text in UTF-8: file name, class") from error


def _file(row: list[str]) -> str:
    name = row[0].strip()
    return name if not name or Path(name).suffix else f"{name}.mp3"


def _line(folder: Path, where: str, row: list[str], taxonomy: Taxonomy) -> Entry | Problem:
    if len(row) != 2:
        return Problem(where, f"{len(row)} columns, two are wanted: file name, class")
    name = _file(row)
    version = version_of(row[1], where, None, taxonomy)
    path = file_of(folder, name, where)
    if isinstance(path, Problem):
        return path
    return version if isinstance(version, Problem) else Entry(where, path, name, version)
