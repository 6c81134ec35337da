"""A whole stack for the end-to-end tests of a file."""

from collections.abc import Iterator

import pytest

from deploy.embedded.stack import Stack
from tests.support.stack import embedded_stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with embedded_stack(tmp_path_factory.mktemp("stack"), scorers=2) as running:
        yield running
