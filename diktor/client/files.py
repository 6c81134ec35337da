"""Where a download goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from diktor.files import draft


@contextmanager
def target(into: Path | BinaryIO) -> Iterator[BinaryIO]:
    """An open file; a path holds the whole download or what it held before."""
    if not isinstance(into, Path):
        yield into
        return
    with draft(into) as part, part.open("wb") as file:
        yield file
