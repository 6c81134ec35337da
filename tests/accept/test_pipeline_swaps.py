"""Releases are deployed, refused and rolled back ten times through the DAGs, while calls are scored all the time."""

import asyncio
import subprocess
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from deploy.embedded.stack import Stack
from diktor.releases import tidy as tidying
from diktor.releases.deploy import Deployer
from diktor.releases.packing import add
from diktor.releases.store import Releases
from diktor.releases.tidy import tidy
from diktor.settings import Settings
from tests.support.load import under_load
from tests.support.pipeline import airflow_stack
from tests.support.processes import ROOT, python
from tests.support.releases import BROKEN, broken_release, small_release

pytestmark = [pytest.mark.accept, pytest.mark.timeout(5400)]

ROUNDS = 10


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("swaps")
    add(Releases.of(Settings.load(home=home)), small_release(home / "exported"))
    with pytest.MonkeyPatch.context() as patch, airflow_stack(home, patch) as running:
        yield running


async def ended(dag: str, *options: str) -> int:
    """What `diktor pipeline run … --wait` exits with; the load goes on meanwhile."""
    command = [python(), "-m", "diktor", "pipeline", "run", dag, *options, "--wait"]
    return (await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True)).returncode


def changed(store: Releases, folder: Path) -> int:
    """A release of which a file was changed since it was kept: its digest is wrong."""
    number = add(store, small_release(folder, bias=3)).number
    path = store.folder(number) / "models" / "member_a" / "model.onnx"
    path.write_bytes(path.read_bytes()[::-1])
    return number


async def test_no_request_fails_in_ten_rounds_of_the_dags(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "GRACE_S", 1.0)
    deployer = Deployer(stack.settings)
    good = add(deployer.store, small_release(tmp_path / "good", 3000, 2000, members=2, bias=0.5)).number
    bad = {fault: add(deployer.store, broken_release(tmp_path / fault, fault)).number for fault in BROKEN}
    bad["wrong digest"] = changed(deployer.store, tmp_path / "changed")
    faults = cycle(bad.values())
    async with under_load(stack.settings) as client:
        for _ in range(ROUNDS):
            assert await ended("deploy_release", "-p", f"release={good}") == 0
            assert deployer.store.pointer().active == good
            assert await ended("deploy_release", "-p", f"release={next(faults)}") == 1
            assert deployer.store.pointer().active == good
            assert await ended("roll_back_release") == 0
            assert deployer.store.pointer().active == 1
            await asyncio.sleep(tidying.GRACE_S + 0.2)
            await tidy(stack.settings, client.calls)
    print(f"{len(client.by)} windows, {len(client.failures)} failures")
    assert client.failures == []
    assert set(client.by) == {1, good}
