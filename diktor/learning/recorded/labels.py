"""Labels of recordings: a CSV beside them, with a header or as the archive of the system before this one has it."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from diktor.defects import DEFAULT, Taxonomy
from diktor.errors import DiktorError
from diktor.learning.recorded.listen import Job

COLUMNS = ("file", "class", "channel", "speaker")
ALSO = {"healthy": 0}
"""Names of classes beside those of the taxonomy."""

CHANNELS = ("0", "1", "")


class Labelled(NamedTuple):
    """A recording by its path below the folder, the place of its class, the channel spoken on (None: the only one)."""

    file: str
    expected: int
    channel: int | None
    speaker: str


def read(path: Path, taxonomy: Taxonomy = DEFAULT) -> list[Labelled]:
    """Every line of the labels.

    A first line with the columns `file` and `class`, and perhaps `channel` (0, 1) and `speaker`; without it the lines
    are file and class. A class is its number or its name.

    Raises:
        DiktorError: a line is wrong, a recording's channel stands twice, or there is none; it says which.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [(number, [cell.strip() for cell in line]) for number, line in enumerate(csv.reader(file), 1)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DiktorError(f"{path} cannot be read: {error}", "Give a CSV file in UTF-8") from error
    lines = [(number, line) for number, line in lines if any(line)]
    names = lines[0][1] if lines and "file" in lines[0][1] else None
    columns = names or list(COLUMNS[:2])
    if "class" not in columns:
        raise DiktorError(f"{path} has no column class", f"Its columns may be {', '.join(COLUMNS)}")
    found = [_labelled(path, number, columns, line, taxonomy) for number, line in (lines[1:] if names else lines)]
    if not found:
        raise DiktorError(f"{path} names no recording", "A line for each: file,class")
    seen: set[tuple[str, int | None]] = set()
    for item in found:
        if (item.file, item.channel) in seen:
            raise DiktorError(f"{path} names {item.file} twice", "Leave one line of the same recording and channel")
        seen.add((item.file, item.channel))
    return found


def jobs_of(folder: Path, labels: Sequence[Labelled]) -> list[Job]:
    """What is to be heard: each recording once, whatever channels of it are labelled."""
    channels: dict[str, list[int | None]] = {}
    for item in labels:
        channels.setdefault(item.file, []).append(item.channel)
    return [Job(folder, file, tuple(own)) for file, own in channels.items()]


def _labelled(path: Path, number: int, columns: list[str], line: list[str], taxonomy: Taxonomy) -> Labelled:
    where = f"line {number} of {path}"
    if len(line) != len(columns):
        raise DiktorError(f"{where} has {len(line)} cells, not {len(columns)}", f"Its columns are {', '.join(columns)}")
    cells = dict(zip(columns, line, strict=True))
    if not cells["file"]:
        raise DiktorError(f"{where} names no file", "Name the recording in the column file")
    channel = cells.get("channel", "")
    if channel not in CHANNELS:
        raise DiktorError(f"{where}: channel {channel!r} of {cells['file']}", "A channel is 0 or 1")
    return Labelled(
        cells["file"],
        _class(where, cells, taxonomy.classes),
        int(channel) if channel else None,
        cells.get("speaker", ""),
    )


def _class(where: str, cells: dict[str, str], classes: Sequence[str]) -> int:
    name = cells["class"]
    known = {**{label: k for k, label in enumerate(classes)}, **{str(k): k for k in range(len(classes))}, **ALSO}
    if name not in known:
        choices = ", ".join(f"{k} {label}" for k, label in enumerate(classes))
        raise DiktorError(f"{where}: class {name!r} of {cells['file']}", f"A class is a number or a name: {choices}")
    return known[name]
