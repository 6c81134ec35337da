"""Labels on their way in and out: read from CSV, held against the windows there are, written as CSV or Parquet."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, get_args

import msgspec

from diktor.errors import DiktorError
from diktor.rows import LabelName, LabelRow
from diktor.stamp import NEVER

VERDICTS: tuple[LabelName, ...] = get_args(LabelName)

NEEDED = ("call", "channel", "start_ms", "defect", "verdict")
COLUMNS = (*NEEDED, "by", "comment", "at")
"""Of a table of labels; the last three may be missing. `at`: ISO 8601 with a zone; without it a label is of now."""

LONGEST = {"by": 200, "comment": 2000}


class Listed(NamedTuple):
    """A label and the line that holds it."""

    where: str
    row: LabelRow


class Wrong(NamedTuple):
    """Why a line holds no label."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def read(path: Path) -> tuple[list[Listed], list[Wrong]]:
    """What a CSV file lists, and what is wrong in it. Commas part its columns, or semicolons.

    Raises:
        DiktorError: it is no such file, or lacks a column.
    """
    try:
        text = path.read_text("utf-8-sig")
        first = text.partition("\n")[0]
        rows = csv.DictReader(
            io.StringIO(text), delimiter=";" if ";" in first and "," not in first else ",", strict=True
        )
        if lacking := [name for name in NEEDED if name not in (rows.fieldnames or ())]:
            raise DiktorError(
                f"{path} has no column {', '.join(lacking)}", f"Its first line names the columns: {', '.join(COLUMNS)}"
            )
        found = [_row(f"{path.name}, line {rows.line_num}", cells) for cells in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DiktorError(f"{path} cannot be read: {error}", "It is CSV in UTF-8") from error
    return _once(item for item in found if isinstance(item, Listed)), [i for i in found if isinstance(i, Wrong)]


def problem(row: LabelRow, starts: Mapping[str, Mapping[str, Mapping[int, int]]], defects: Sequence[str]) -> str:
    """Why a label cannot be of a stored window (`starts`: by call and channel, start → end in ms); "" if it can."""
    if row.defect not in defects:
        return f"unknown defect {row.defect!r}: {', '.join(defects)}"
    channels = starts.get(row.call_id)
    if channels is None:
        return f"call {row.call_id!r} has no stored windows"
    windows = channels.get(row.channel)
    if windows is None:
        return f"call {row.call_id} has no channel {row.channel!r}: {', '.join(sorted(channels))}"
    if row.start_ms not in windows:
        near = sorted(windows, key=lambda start: abs(start - row.start_ms))[:2]
        return f"no window begins at {row.start_ms} ms; near it: {', '.join(map(str, sorted(near)))}"
    return ""


def contradictions(listed: Sequence[Listed]) -> Iterator[Wrong]:
    """Lines that say of a defect in a window what another line says otherwise, at no told time."""
    said: dict[tuple[str, str, int, str, datetime], list[Listed]] = {}
    for item in listed:
        row = item.row
        said.setdefault((row.call_id, row.channel, row.start_ms, row.defect, row.at), []).append(item)
    for items in said.values():
        for item in items:
            if other := next((other for other in items if other.row.label != item.row.label), None):
                yield Wrong(item.where, f"it says {item.row.label}, {other.where} says {other.row.label}")


def complaint(row: LabelRow) -> str:
    """Why a label's own words cannot be stored; "" if they can."""
    for name, longest in LONGEST.items():
        text = getattr(row, name)
        if len(text) > longest or any(letter < " " and letter not in "\n\t" for letter in text):
            return f"{name} is longer than {longest} characters, or holds control characters"
    if row.at != NEVER and not NEVER < row.at <= datetime.now(UTC):
        return f"at {row.at.isoformat()} is not in the past"
    return "" if 0 <= row.start_ms < 1 << 32 else f"start_ms {row.start_ms} is no time in a call"


def to_csv(rows: Iterable[LabelRow]) -> str:
    """The table that `read` takes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((*msgspec.structs.astuple(row)[:-1], row.at.isoformat()) for row in rows)
    return text.getvalue()


def to_parquet(rows: Iterable[LabelRow], path: Path) -> None:
    """The same table in Parquet, with `at` in UTC."""
    import pyarrow
    import pyarrow.parquet

    kinds = dict.fromkeys(COLUMNS, pyarrow.string())
    kinds |= {"start_ms": pyarrow.uint32(), "at": pyarrow.timestamp("us", "UTC")}
    columns = list(zip(*map(msgspec.structs.astuple, rows), strict=True)) or [()] * len(COLUMNS)
    arrays = [pyarrow.array(column, kinds[name]) for name, column in zip(COLUMNS, columns, strict=True)]
    pyarrow.parquet.write_table(pyarrow.table(arrays, names=list(COLUMNS)), path)


def _row(where: str, cells: Mapping[str | None, str | list[str] | None]) -> Listed | Wrong:
    if None in cells or None in cells.values():
        return Wrong(where, "it has another number of columns than the first line")
    text = {name: str(value).strip() for name, value in cells.items() if name is not None}
    if empty := [name for name in NEEDED if not text[name]]:
        return Wrong(where, f"{', '.join(empty)} is empty")
    if text["verdict"] not in VERDICTS:
        return Wrong(where, f"unknown verdict {text['verdict']!r}: {', '.join(VERDICTS)}")
    if not text["start_ms"].isascii() or not text["start_ms"].isdigit():
        return Wrong(where, f"start_ms {text['start_ms']!r} is no number of milliseconds")
    try:
        at = datetime.fromisoformat(text["at"]) if text.get("at") else NEVER
    except ValueError:
        return Wrong(where, f"at {text['at']!r} is no time in ISO 8601")
    if at.tzinfo is None:
        return Wrong(where, f"at {text['at']!r} has no time zone")
    needed = (text["call"], text["channel"], int(text["start_ms"]), text["defect"])
    row = LabelRow(*needed, text["verdict"], text.get("by", ""), text.get("comment", ""), at)
    wrong = complaint(row)
    return Wrong(where, wrong) if wrong else Listed(where, row)


def _once(listed: Iterable[Listed]) -> list[Listed]:
    """Without lines that say the same again."""
    return list({item.row: item for item in reversed(list(listed))}.values())[::-1]
