"""Files that are there wholly or not at all: written under a hidden name beside their place, then renamed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from diktor.errors import DiktorError


@contextmanager
def draft(path: Path) -> Iterator[Path]:
    """Where to write what `path` is to hold; it takes that place when the block ends well, and is gone when not.

    Raises:
        DiktorError: the place cannot be written.
        FileNotFoundError: what the block reads is missing.
    """
    hidden = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield hidden
        hidden.replace(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):  # a part of the way to it may be no folder: that is told already
            hidden.unlink()


def write(path: Path, content: bytes) -> None:
    """Make `content` what `path` holds.

    Raises:
        DiktorError: the place cannot be written; what was there is still there.
    """
    with draft(path) as hidden:
        hidden.write_bytes(content)


def unwritable(path: Path, error: OSError) -> DiktorError:
    """The system's refusal to write, in our words."""
    return DiktorError(
        f"{path} cannot be written: {error.strerror or error}", "Is there room, and is it yours to write?"
    )
