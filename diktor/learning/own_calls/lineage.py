"""Where a model's data came from: calls, labels and digests, so that it can be told later, and what is new since."""

from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from diktor.errors import DiktorError
from diktor.files import draft
from diktor.learning.corpus.source import Split
from diktor.rows import LabelName

NAME = "lineage.json"
"""Written last: a folder that has it is finished."""

Use = Literal["labelled", "unlabelled", "held out", "left out"]


class FromCall(msgspec.Struct, frozen=True):
    """A call, the SHA-256 of its recording, who scored it, and what became of it.

    `held out`: without labels, but its operator is in development or test.
    """

    call_id: str
    digest: str
    operator_id: str
    release: int
    use: Use


class FromLabel(msgspec.Struct, frozen=True):
    """What was said of a window, and the file that it became part of ("": none)."""

    call_id: str
    channel: str
    start_ms: int
    defect: str
    label: LabelName
    at: datetime
    file: str


class FromWindow(msgspec.Struct, frozen=True):
    """A window's file, its SHA-256, its class, of which defects that is said, and its operator's split."""

    file: str
    digest: str
    kind: str
    judged: tuple[str, ...]
    operator_id: str
    split: Split


class Gone(msgspec.Struct, frozen=True):
    """What was left out, and why."""

    where: str
    what: str


class Lineage(msgspec.Struct, frozen=True):
    """Everything that a folder of material was made of; `digest` is over its files and what is said of them."""

    made_at: datetime
    since: datetime
    days: int
    defects: tuple[str, ...]
    digest: str
    new: int
    operators: dict[str, Split]
    calls: tuple[FromCall, ...]
    labels: tuple[FromLabel, ...]
    windows: tuple[FromWindow, ...]
    left_out: tuple[Gone, ...]


def read(path: Path) -> Lineage | None:
    """A lineage, if there is one.

    Raises:
        DiktorError: it is damaged.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Lineage)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise DiktorError(f"{path} is no lineage: {error}", "Remove it, or name another") from error


def write(lineage: Lineage, path: Path) -> None:
    """Leave it there, wholly or not at all."""
    with draft(path) as hidden:
        hidden.write_bytes(msgspec.json.format(msgspec.json.encode(lineage)))
