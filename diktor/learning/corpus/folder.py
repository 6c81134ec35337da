"""A folder of recordings with or without a table of who says what: the table that `diktor learn prepare` reads too."""

import csv
from collections.abc import Iterator
from pathlib import Path

from diktor.defects import DEFAULT, Taxonomy
from diktor.errors import DiktorError
from diktor.learning.corpus.clips import Version
from diktor.learning.corpus.entries import Entry, Listed, Problem, file_of, gathered, version_of
from diktor.learning.transcription.known import TABLE
from diktor.learning.transcription.recordings import File, recordings


def read(folder: Path, usual: Version | None, taxonomy: Taxonomy = DEFAULT) -> Listed:
    """What `transcripts.csv` lists; without it every recording of the folder and its folders.

    Columns: `file`, and perhaps `class` (else it is `usual`), `speaker` or `voice`, `text`, `template`, `channel`.

    Raises:
        DiktorError: there are no recordings, or the table has no column `file`.
    """
    table = folder / TABLE
    if table.is_file():
        return gathered(_rows(folder, table, usual, taxonomy))
    found = [item for item in recordings(folder) if isinstance(item, File)]
    if not found:
        raise DiktorError(f"{folder} is a corpus and no folder of recordings", "Take it along: --add FOLDER")
    return gathered(_one(folder, f"{folder.name}/{item.name}", {"file": item.name}, usual, taxonomy) for item in found)


def _rows(folder: Path, table: Path, usual: Version | None, taxonomy: Taxonomy) -> Iterator[Entry | Problem]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        try:
            rows = csv.DictReader(file, strict=True)
            if "file" not in (rows.fieldnames or ()):
                raise DiktorError(
                    f"{table} has no column file", "Its first line names the columns: file, class, text, …"
                )
            for number, row in enumerate(rows, 2):
                cells = {name: value or "" for name, value in row.items() if name is not None}
                yield _one(folder, f"{folder.name}/{TABLE}, line {number}", cells, usual, taxonomy)
        except (UnicodeDecodeError, csv.Error) as error:
            raise DiktorError(f"{table} cannot be read: {error}", "It is CSV in UTF-8") from error


def _one(folder: Path, where: str, row: dict[str, str], usual: Version | None, taxonomy: Taxonomy) -> Entry | Problem:
    path = file_of(folder, row["file"], where)
    version = version_of(row.get("class", ""), where, usual, taxonomy)
    channel = row.get("channel", "").strip()
    if isinstance(path, Problem):
        return path
    if isinstance(version, Problem):
        return version
    if channel not in ("", "0", "1"):
        return Problem(where, f"channel {channel!r} is neither 0 nor 1")
    return Entry(
        where,
        path,
        row["file"].strip(),
        version,
        speaker=(row.get("speaker") or row.get("voice") or "").strip(),
        text=row.get("text", "").strip(),
        template=row.get("template", "").strip(),
        channel=int(channel) if channel else None,
    )
