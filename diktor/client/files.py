"""Where a download goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def target(into: Path | BinaryIO) -> Iterator[BinaryIO]:
    """An open file; a path holds the whole download or what it held before."""
    if not isinstance(into, Path):
        yield into
        return
    part = into.with_name(f"{into.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(into)
    finally:
        part.unlink(missing_ok=True)
