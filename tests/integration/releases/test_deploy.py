"""Releases come, break and go on a real tritonserver, while windows are scored all the time."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from deploy.embedded.stack import Stack
from diktor.cli import diktor
from diktor.errors import DiktorError, ReleaseError
from diktor.releases import tidy as tidying
from diktor.releases.control import Control
from diktor.releases.deploy import Deployer
from diktor.releases.packing import add
from diktor.releases.pointer import Shadow
from diktor.releases.repository import models_of
from diktor.releases.store import Releases
from diktor.releases.tidy import tidy
from diktor.rows import CallRow
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.wire.accounts import Role
from tests.support.api import SECRET, running_api
from tests.support.load import Client, row, under_load
from tests.support.releases import BROKEN, broken_release, small_release
from tests.support.stack import embedded_stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("deploy")
    add(Releases.of(Settings.load(home=home)), small_release(home / "exported"))
    with embedded_stack(home, parts=("clickhouse", "triton")) as running:
        yield running


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidying, "GRACE_S", 1.0)


async def loaded(settings: Settings) -> set[str]:
    async with Control(settings.triton) as control:
        return {name for name, state in (await control.states()).items() if state == "READY"}


def there(deployer: Deployer) -> set[str]:
    return {path.name for path in deployer.repository.path.iterdir()}


async def settled(settings: Settings, calls: Store) -> None:
    """Until nobody needs what is not active any more."""
    await asyncio.sleep(tidying.GRACE_S + 0.2)
    active = Releases.of(settings).pointer().active
    async with asyncio.timeout(30):
        while Deployer(settings).repository.deployed() != (active,):
            await tidy(settings, calls)
            await asyncio.sleep(0.1)


async def swapped(settings: Settings, folder: Path, faults: list[str], rounds: int) -> Client:
    deployer = Deployer(settings)
    good = add(deployer.store, small_release(folder / "good", 3000, 2000, members=2, bias=0.5)).number
    bad = {fault: add(deployer.store, broken_release(folder / fault, fault)).number for fault in faults}
    async with under_load(settings) as client:
        for _ in range(rounds):
            assert (await deployer.deploy(good)).active == good
            before = there(deployer)
            for number in bad.values():
                with pytest.raises(DiktorError):
                    await deployer.deploy(number)
                assert deployer.store.pointer().active == good
                assert there(deployer) == before
                assert not {name for name in await loaded(settings) if name.endswith(f"_{number}")}
            outcome = await deployer.roll_back()
            assert (outcome.active, outcome.previous) == (1, good)
            assert sum(outcome.seconds.values()) < 10
            (deployer.repository.path / "member_a_77" / "77").mkdir(parents=True)  # of a deployment that was killed
            await settled(settings, client.calls)
            assert await loaded(settings) == there(deployer) == set(models_of(deployer.store.get(1)))
    return client


async def test_no_request_fails_while_releases_are_deployed_broken_and_rolled_back(
    stack: Stack, tmp_path: Path
) -> None:
    client = await swapped(stack.settings, tmp_path, list(BROKEN), 1)
    assert client.failures == []
    assert len(set(client.by)) == 2
    assert len(client.by) > 50


@pytest.mark.accept
async def test_no_request_fails_in_ten_rounds(stack: Stack, tmp_path: Path) -> None:
    client = await swapped(stack.settings, tmp_path, list(BROKEN), 10)
    print(f"{len(client.by)} windows, {len(client.failures)} failures")
    assert client.failures == []


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        ("truncated ONNX", "computing golden windows: .*model.onnx"),
        ("wrong shapes", "computing golden windows: .*shapes"),
        ("NaN weights", "computing golden windows: .*nan"),
        ("golden windows of another", "computing golden windows: .*not"),
    ],
)
async def test_what_is_broken_in_itself_never_reaches_triton(
    stack: Stack, tmp_path: Path, fault: str, step: str
) -> None:
    deployer, before = Deployer(stack.settings), await loaded(stack.settings)
    number = add(deployer.store, broken_release(tmp_path / "broken", fault)).number
    with pytest.raises(ReleaseError, match=step):
        await deployer.deploy(number)
    assert await loaded(stack.settings) == before


async def test_a_changed_file_is_told_before_anything_is_staged(stack: Stack, tmp_path: Path) -> None:
    deployer, before = Deployer(stack.settings), await loaded(stack.settings)
    number = add(deployer.store, small_release(tmp_path / "changed", bias=3)).number
    path = deployer.store.folder(number) / "models" / "member_a" / "model.onnx"
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(ReleaseError, match=r"digests: models/member_a/model.onnx"):
        await deployer.deploy(number)
    assert await loaded(stack.settings) == before


def test_an_open_call_keeps_its_release_loaded_after_the_commands_have_moved_on(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIKTOR_HOME", str(stack.home.path))

    def said(*arguments: str) -> dict:
        done = CliRunner().invoke(diktor, ["release", *arguments, "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        found: dict = json.loads(done.stdout.splitlines()[-1])
        return found

    new = said("add", str(small_release(tmp_path / "export", 4000, 4000, bias=4)))["release"]
    assert said("add", str(tmp_path / "export"))["release"] == new > 1
    assert said("show", "active")["release"] == 1
    asyncio.run(insert(stack.settings, row("long", 1, "open")))
    assert said("deploy", str(new), "--no-activate")["active"] == 1
    assert said("activate", str(new))["active"] == new
    assert {item["release"]: item["state"] for item in said("list")["releases"]}[1] == "before"

    time.sleep(tidying.GRACE_S + 0.2)
    assert said("tidy") == {"loaded": [], "unloaded": []}
    for refused in (
        ("remove", str(new)),
        ("remove", "1"),
        ("deploy", "999"),
        ("activate", "999"),
        ("unload", str(new)),
    ):
        with pytest.raises(DiktorError):
            said(*refused)
    asyncio.run(lost(stack.settings, "speech_defects_1"))
    assert said("tidy") == {"loaded": [1], "unloaded": []}
    asyncio.run(insert(stack.settings, row("long", 1, "scored")))
    assert said("tidy") == {"loaded": [], "unloaded": [1]}
    assert asyncio.run(loaded(stack.settings)) == set(models_of(Releases.of(stack.settings).get(new)))
    assert said("remove", "1") == {"release": 1}
    with pytest.raises(ReleaseError, match="no release to roll back to"):
        said("roll-back")
    shown = CliRunner().invoke(diktor, ["release", "list"], catch_exceptions=False).stdout
    assert "active" in shown


async def insert(settings: Settings, call: CallRow) -> None:
    calls = await Store.open(settings)
    await calls.insert_calls([call])
    await calls.close()


async def lost(settings: Settings, model: str) -> None:
    async with Control(settings.triton) as control:
        await control.unload(model)


async def test_the_api_activates_tries_compares_and_rolls_back(stack: Stack, tmp_path: Path) -> None:
    """As the command line does, in processes of their own."""
    store = Releases.of(stack.settings)
    first = store.pointer().active
    second = add(store, small_release(tmp_path / "by the api", bias=0.7)).number
    async with running_api(stack.settings.model_copy(update={"api_secret": SecretStr(SECRET)})) as api:
        admin = await api.user(Role.admin)

        async def deployed(**asked: object) -> None:
            begun = (await admin.post("/api/v1/models/deployments", json=asked)).json()
            while (found := (await admin.get(f"/api/v1/models/deployments/{begun['id']}")).json())[
                "state"
            ] == "running":
                await asyncio.sleep(0.2)
            assert found["state"] == "done", found["problem"]

        await deployed(action="shadow", release=second, share=0.5)
        assert store.pointer().shadow == Shadow(second, 0.5)
        compared = (await admin.get(f"/api/v1/models/comparison?first={first}&second={second}")).json()
        assert [item["release"] for item in compared["latency"]] == [first, second]
        await deployed(action="activate", release=second)
        assert (await admin.get("/api/v1/models/serving")).json()["active"] == second
        await deployed(action="roll_back")
        assert store.pointer().active == first
