"""A stack whose releases are kept on s3: seeded there, deployed from there, and all look at the pointer there."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.stack import Stack
from diktor.errors import ReleaseError
from diktor.releases.book import Book
from diktor.releases.deploy import Deployer
from diktor.releases.packing import add
from diktor.releases.store import Releases
from tests.support.load import under_load
from tests.support.releases import broken_release, small_release
from tests.support.s3 import bucket
from tests.support.stack import embedded_stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with bucket() as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIKTOR_RELEASES", f"{address}/releases")
        with embedded_stack(tmp_path / "home", parts=("clickhouse", "triton")) as running:
            yield running


async def test_releases_are_deployed_from_there_and_rolled_back(stack: Stack, tmp_path: Path) -> None:
    deployer, book = Deployer(stack.settings), Book(stack.settings)
    assert deployer.store.url.startswith("s3://")
    assert not (stack.home.path / "releases").exists()
    assert deployer.store.pointer().active == 1, "the shipped release is there from the first start"
    good = add(deployer.store, small_release(tmp_path / "good", bias=0.5)).number
    bad = add(deployer.store, broken_release(tmp_path / "bad", "truncated ONNX")).number
    book.start()
    try:
        async with under_load(stack.settings) as client:
            assert (await deployer.deploy(good)).active == good
            with pytest.raises(ReleaseError, match="cannot be computed"):
                await deployer.deploy(bad)
            async with asyncio.timeout(30):
                while good not in client.by or book.active != good:
                    await asyncio.sleep(0.1)
            assert (await book.release()).name == "small 0.5"
            assert (await deployer.roll_back()).active == 1
        assert not client.failures
    finally:
        await book.stop()
    assert Releases(deployer.store.url, tmp_path / "another machine").pointer().active == 1
