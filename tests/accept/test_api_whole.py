"""The API from an account to an erasure with fifty calls, on both of its databases."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.postgres import postgres
from tests.support.stack import embedded_stack
from tests.support.whole import account_to_erasure, samples


@pytest.mark.accept
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_fifty_calls_from_an_account_to_an_erasure(tmp_path: Path, database: str) -> None:
    with ExitStack() as opened:
        outside = {"sql": opened.enter_context(postgres()).database()} if database == "postgresql" else {}
        stack = opened.enter_context(embedded_stack(tmp_path / "stack", scorers=2, outside=outside))
        account_to_erasure(stack, samples(tmp_path, 50), tmp_path, 1200)
