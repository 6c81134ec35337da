"""What kind of SQL a request holds: just enough to hand it to the engine the right way."""

import re
from typing import NamedTuple

_GAP = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_INSERT = re.compile(
    rb"^" + _GAP.encode() + rb"(?P<head>INSERT\s+INTO\s(?:(?!\bSELECT\b).)*?)\s+FORMAT\s+(?P<format>[A-Za-z]\w*)"
    rb"[ \t]*(?:;|\r?\n|$)",
    re.IGNORECASE | re.DOTALL,
)
_VALUES = re.compile(rb"\bVALUES\b", re.IGNORECASE)
_RESULT = re.compile(
    r"^" + _GAP + r"\(*\s*(SELECT|WITH|SHOW|DESC|DESCRIBE|EXISTS|EXPLAIN|CHECK|FROM|VALUES)\b",
    re.IGNORECASE | re.DOTALL,
)
_SELECT = re.compile(r"^" + _GAP + r"\(*\s*(SELECT|WITH)\b", re.IGNORECASE | re.DOTALL)
_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)

HEAD = 65536
"""The clause before an insert's data is looked for in so many bytes."""


class Insert(NamedTuple):
    """`INSERT INTO … FORMAT x` followed by data, which begins at `data_at`."""

    head: str
    format: str
    data_at: int


def insert_with_data(sql: bytes) -> Insert | None:
    """The insert that these bytes are, if its data follows in a format."""
    match = _INSERT.match(sql[:HEAD])
    if match is None or _VALUES.search(match["head"]):
        return None
    return Insert(match["head"].decode(), match["format"].decode(), match.end())


def output_format(sql: str, default: str) -> str:
    """The format named at the statement's end, or the default."""
    match = _FORMAT.search(sql[-256:])
    return match[1] if match else default


def has_result(sql: str) -> bool:
    """Whether the statement answers with rows."""
    return _RESULT.match(sql) is not None


def is_select(sql: str) -> bool:
    """Whether the statement can be streamed."""
    return _SELECT.match(sql) is not None
