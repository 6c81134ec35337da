"""A new release on the whole stack: calls begun before it end as they began, those after it are scored by it."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import numpy as np
import pytest
from aiokafka import AIOKafkaProducer
from click.testing import CliRunner

from deploy.embedded.stack import Stack
from diktor.audio.decode import blocks
from diktor.audio.grid import Grid
from diktor.cli import diktor
from diktor.dead_letters import read
from diktor.events import CallAudio, CallEnded, CallStarted, Channel, Event, to_message
from diktor.releases.control import Control
from diktor.releases.packing import add
from diktor.releases.pointer import chosen
from diktor.releases.store import Releases
from diktor.rows import CallRow, WindowRow
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.store.connection import connect
from tests.support.processes import ROOT, wait_until
from tests.support.releases import small_release
from tests.support.stack import embedded_stack

RECORDING = ROOT / "assets" / "calls" / "call-02.mp3"
PCM = np.concatenate(list(blocks(RECORDING)), axis=1)[0][: 12 * 8000]
LONG = "begun-before"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("releases")
    store = Releases.of(Settings.load(home=home))
    add(store, small_release(home / "first"))
    add(store, small_release(home / "second", 3000, 2000, members=2, bias=1.0))
    add(store, small_release(home / "third", 3000, 2000, bias=-2.0))
    with embedded_stack(home, env={"scorer": {"DIKTOR_IDLE_TIMEOUT_S": "240"}}) as running:  # a busy machine's deploys
        yield running


def said(stack: Stack, *arguments: str) -> dict:
    done = CliRunner().invoke(diktor, arguments, env={"DIKTOR_HOME": str(stack.home.path)}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_release_is_deployed_tried_and_rolled_back_between_calls(stack: Stack) -> None:
    begin = [CallStarted("op", "t", "inbound", datetime.now(UTC), (Channel("mixed"),), 8000, "test"), *audio(0, 6000)]
    asyncio.run(publish(stack, begin))
    wait_until("the call is open", lambda: bool(asyncio.run(stored(stack, LONG))[1]), 30)

    assert said(stack, "release", "deploy", "2", "--json")["active"] == 2
    moved = time.monotonic()
    wait_until("the scorer knows it", lambda: scorer(stack)["release"] == 2, 10)
    assert time.monotonic() - moved < 5
    assert said(stack, "release", "deploy", "3", "--shadow", "--share", "1", "--json")["active"] == 2
    time.sleep(4)  # until the scorer knows that too

    answer = said(stack, "submit", str(RECORDING), "--wait", "--json")
    row, windows = asyncio.run(stored(stack, answer["call_id"]))
    assert row is not None
    assert {row.release, *(window.release for window in windows)} == {2}
    mine = [(w.start_ms, w.end_ms) for w in windows if w.channel == "operator"]
    assert mine == [(w.start_ms, w.end_ms) for w in Grid(3000, 2000).windows(answer["duration_ms"])]

    asyncio.run(publish(stack, [*audio(6000, 12_000), CallEnded({"mixed": 12_000}, "done")]))
    wait_until("the open call is judged", lambda: asyncio.run(judged(stack)), 30)
    row, windows = asyncio.run(stored(stack, LONG))
    assert row is not None
    assert {row.release, *(window.release for window in windows)} == {1}
    assert [(w.start_ms, w.end_ms) for w in windows] == [(0, 5000), (4000, 9000), (8000, 12_000)]

    wait_until("the trial has heard it too", lambda: compared(stack)["windows"] > 10, 30)
    tried = compared(stack)
    assert tried["calls"] == 1
    assert all(drift["difference"] < -0.1 for drift in tried["drifts"])
    assert {item["release"] for item in tried["latency"]} == {2, 3}
    assert asyncio.run(tried_calls(stack)) == {answer["call_id"]}, "the call begun before it is not heard by half"

    wait_until("nobody needs release 1", lambda: not serving(stack, 1), 60)
    asyncio.run(publish(stack, [put_back()]))
    refused = "release 1, which scored the call, is not loaded"
    wait_until("the window cannot be put back", lambda: refused in causes(stack), 30)
    assert said(stack, "release", "roll-back", "--json")["active"] == 1
    assert serving(stack, 1)
    wait_until("the scorer goes back", lambda: scorer(stack)["release"] == 1, 10)


def test_a_trial_hears_its_share_of_the_calls() -> None:
    heard = [chosen(f"call-{number}", 0.2) for number in range(5000)]
    assert 0.17 < sum(heard) / len(heard) < 0.23
    assert heard == [chosen(f"call-{number}", 0.2) for number in range(5000)]
    assert all(chosen(f"call-{number}", 1.0) for number in range(100))


def audio(start_ms: int, end_ms: int) -> list[Event]:
    pieces = ((p, PCM[p * 8 : (p + 1000) * 8].astype("<i2").tobytes()) for p in range(start_ms, end_ms, 1000))
    return [CallAudio("mixed", position, "S16LE", 8000, piece) for position, piece in pieces]


def put_back() -> Event:
    return CallAudio("mixed", 0, "S16LE", 8000, PCM[: 5 * 8000].astype("<i2").tobytes(), 5000)


async def publish(stack: Stack, events: list[Event]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=stack.settings.kafka, acks="all")
    await producer.start()
    try:
        for event in events:
            message = to_message(LONG, event)
            await producer.send_and_wait("calls.audio", message.value, key=message.key, headers=list(message.headers))
    finally:
        await producer.stop()


async def stored(stack: Stack, call_id: str) -> tuple[CallRow | None, list[WindowRow]]:
    store = await Store.open(stack.settings)
    try:
        return await store.call(call_id), await store.windows_of(call_id)
    finally:
        await store.close()


async def judged(stack: Stack) -> bool:
    row, _ = await stored(stack, LONG)
    return row is not None and row.status == "scored"


async def tried_calls(stack: Stack) -> set[str]:
    client = await connect(stack.settings)
    try:
        return {row[0] for row in (await client.query("SELECT DISTINCT call_id FROM shadow_windows")).result_rows}
    finally:
        await client.close()


def compared(stack: Stack) -> dict:
    return said(stack, "release", "compare", "2", "3", "--json")


def scorer(stack: Stack) -> dict:
    found: dict = httpx.get(f"http://127.0.0.1:{stack.home.ports['scorer_0']}/health").json()
    return found


def serving(stack: Stack, number: int) -> bool:
    async def ask() -> bool:
        async with Control(stack.settings.triton) as control:
            states = await control.states()
        return any(name.endswith(f"_{number}") for name, state in states.items() if state == "READY")

    return asyncio.run(ask())


def causes(stack: Stack) -> str:
    return "\n".join(letter.cause for letter, _ in asyncio.run(read(stack.settings)))
