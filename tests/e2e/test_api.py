"""The API on the whole real stack: account, check, training, upload, statistics, review, export, erasure."""

from pathlib import Path

from deploy.embedded.stack import Stack
from tests.support.whole import account_to_erasure, samples


def test_from_an_account_to_an_erasure(stack: Stack, tmp_path: Path) -> None:
    account_to_erasure(stack, samples(tmp_path, 12), tmp_path, 200)
