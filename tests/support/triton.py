"""tritonserver alone, with the shipped release loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.stack import Stack
from tests.support.stack import embedded_stack


@contextmanager
def start_triton(home: Path) -> Iterator[Stack]:
    """A tritonserver that scores; its gRPC address is `stack.settings.triton`."""
    with embedded_stack(home, parts=("triton",)) as stack:
        yield stack
