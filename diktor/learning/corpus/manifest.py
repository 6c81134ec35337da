"""A manifest in Parquet: a row per recording, its columns checked all at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pandas
import pandera.pandas as pandera
import pyarrow
import pyarrow.parquet
from pandera.errors import SchemaErrors

from diktor.defects import DEFAULT, Taxonomy
from diktor.errors import DiktorError
from diktor.learning.corpus.clips import has
from diktor.learning.corpus.deal import SPLITS
from diktor.learning.corpus.entries import (
    Entry,
    Listed,
    Problem,
    TimedMark,
    TimedStutter,
    TimedWord,
    class_versions,
    file_of,
    gathered,
)

TEXT = pandas.ArrowDtype(pyarrow.string())
NUMBER = pandas.ArrowDtype(pyarrow.int64())

_OPTIONAL = ("speaker", "text", "template", "group")

_NESTED: dict[str, Any] = {
    "words": tuple[TimedWord, ...],
    "marks": tuple[TimedMark, ...],
    "judged": tuple[str, ...],
    "stutters": tuple[TimedStutter, ...],
}


def schema(taxonomy: Taxonomy) -> pandera.DataFrameSchema:
    """The columns of a manifest.

    `file` is relative to the manifest; `class` a name, or a number as in the archive. Other columns are let be, but for
    `words` (list of word, start, end), `marks` (list of letter, start, end and perhaps defective) and `stutters` (list
    of start, end and perhaps kind: all there are), in seconds, and `judged` (list of defects: of the others the class
    says nothing). `split` is train, dev or test. Rows of a `group` are the same words and speaker, in several versions.
    """
    return pandera.DataFrameSchema(
        {
            "file": pandera.Column(TEXT),
            "class": pandera.Column(TEXT, pandera.Check.isin(sorted(class_versions(taxonomy)))),
            **{name: pandera.Column(TEXT, nullable=True, required=False) for name in _OPTIONAL},
            "split": pandera.Column(TEXT, pandera.Check.isin(SPLITS), nullable=True, required=False),
            "channel": pandera.Column(NUMBER, pandera.Check.isin([0, 1]), nullable=True, required=False),
        }
    )


def read(path: Path, taxonomy: Taxonomy = DEFAULT) -> Listed:
    """Every recording that the manifest lists.

    Raises:
        DiktorError: it is no Parquet file.
    """
    try:
        table = pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise DiktorError(
            f"{path} is no manifest in Parquet: {error}", "Write it with pyarrow, pandas or polars"
        ) from error
    table = _usual(table)
    plain = table.select([name for name in table.column_names if name not in _NESTED])
    try:
        schema(taxonomy).validate(plain.to_pandas(types_mapper=pandas.ArrowDtype), lazy=True)
        wrong = []
    except SchemaErrors as errors:
        wrong = list(_told(path, errors.failure_cases, table))
    if any(row is None for row, _ in wrong):  # a column that is missing or of another type: no row can be read
        return Listed([], [problem for _, problem in wrong])
    bad = {row for row, _ in wrong}
    rest = gathered(
        _entry(path, number, row, taxonomy) for number, row in enumerate(table.to_pylist()) if number not in bad
    )
    return Listed(rest.entries, [*(problem for _, problem in wrong), *rest.problems])


def _usual(table: pyarrow.Table) -> pyarrow.Table:
    """The same table in the widest types of its kinds: what wrote it is not asked about."""
    for place, field in enumerate(table.schema):
        kind, wanted = field.type, None
        if pyarrow.types.is_dictionary(kind):
            kind = kind.value_type
        if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind) or pyarrow.types.is_string_view(kind):
            wanted = pyarrow.string()
        elif pyarrow.types.is_integer(kind):
            wanted = pyarrow.string() if field.name == "class" else pyarrow.int64()
        if wanted is not None and wanted != field.type:
            table = table.set_column(place, field.name, table.column(place).cast(wanted))
    return table


def _told(path: Path, cases: pandas.DataFrame, table: pyarrow.Table) -> Iterator[tuple[int | None, Problem]]:
    """Each thing that pandera found, in words, with its row if it has one."""
    mistyped = {
        str(case.column) for case in cases.itertuples() if str(case.check).startswith("dtype(")
    }  # pandera then tells of each row as well
    for name in sorted(mistyped):
        wanted = "integers" if name == "channel" else "strings"
        kind = table.schema.field(name).type
        yield None, Problem(path.name, f"column {name} holds {kind}, {wanted} are wanted")
    for case in cases.itertuples():
        if case.check == "column_in_dataframe":
            yield None, Problem(path.name, f"column {case.failure_case} is missing")
        elif str(case.column) not in mistyped:
            row = int(case.index)
            what = (
                "is empty" if case.check == "not_nullable" else f"{case.failure_case!r} is none of the possible values"
            )
            yield row, Problem(f"{path.name}, row {row + 1}", f"{case.column} {what}")


def _entry(manifest: Path, number: int, row: dict[str, Any], taxonomy: Taxonomy) -> Entry | Problem:
    where = f"{manifest.name}, row {number + 1}"
    path = file_of(manifest.parent, row["file"], where)
    if isinstance(path, Problem):
        return path
    try:
        words, marks, judged, stutters = (
            None if row.get(name) is None else msgspec.convert(row[name], kind) for name, kind in _NESTED.items()
        )
    except msgspec.ValidationError as error:
        return Problem(where, f"words, marks or stutters cannot be read: {error}")
    if unknown := [name for name in judged or () if name not in taxonomy.names]:
        return Problem(where, f"judged {', '.join(unknown)} is none of {', '.join(taxonomy.names)}")
    speaker, text, template, group = ((row.get(name) or "").strip() for name in _OPTIONAL)
    version = class_versions(taxonomy)[row["class"]]
    if judged and any(has(version, defect) and defect.name not in judged for defect in taxonomy.defects):
        return Problem(where, f"the class is {version}, and only {', '.join(judged)} was judged")
    return Entry(
        where,
        path,
        row["file"].strip(),
        version,
        speaker,
        text,
        template,
        row.get("channel"),
        words,
        marks,
        row.get("split") or "",
        judged or (),
        stutters,
        group,
    )
