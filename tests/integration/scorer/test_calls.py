"""One scorer on real parts: silence, gaps, late audio, other rates, calls that a crash left open."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest
from aiokafka import AIOKafkaProducer

from deploy.embedded.stack import Stack
from diktor.audio.decode import blocks
from diktor.dead_letters import DeadLetter, read, replay
from diktor.events import CallAudio, CallEnded, CallStarted, Channel, Event, Message, to_message
from diktor.rows import CallRow, WindowRow
from diktor.store.client import Store
from tests.support.faulty_triton import faulty_triton
from tests.support.processes import ROOT, free_port, python, running
from tests.support.stack import embedded_stack, state_of

IDLE_S = 4
PCM = np.concatenate(list(blocks(ROOT / "assets" / "calls" / "call-02.mp3")), axis=1)[0][: 14 * 8000]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("scorer")
    with embedded_stack(home, parts=("broker", "clickhouse", "triton")) as found:
        asyncio.run(insert(found, left_open("orphan"), [silent_window("orphan")]))
        port = free_port()
        with faulty_triton(found.settings.triton) as door:
            env = {
                **found.home.settings(), "DIKTOR_SCORER_PORT": str(port), "DIKTOR_IDLE_TIMEOUT_S": str(IDLE_S),
                "DIKTOR_TRITON": door.address,
            }  # fmt: skip
            with running([python(), "-m", "services.scorer"], env, home / "scorer.log", port):
                found.scorer = f"http://127.0.0.1:{port}"  # type: ignore[attr-defined]
                found.door = door  # type: ignore[attr-defined]
                yield found


def left_open(call_id: str) -> CallRow:
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    return CallRow(call_id, "op", "t", "inbound", "s", long_ago, ("mixed",), 1, 2, "open", "", (), long_ago)


def silent_window(call_id: str) -> WindowRow:
    return WindowRow(call_id, "mixed", 0, 5000, 0, (), (), (), 1, datetime.now(UTC))


async def insert(stack: Stack, row: CallRow, windows: list[WindowRow]) -> None:
    store = await Store.open(stack.settings)
    await store.insert_windows(windows)
    await store.insert_calls([row])
    await store.close()


def audio(position_ms: int, length_ms: int, rate: int = 8000, **more: Any) -> CallAudio:
    samples = PCM[position_ms * 8 : (position_ms + length_ms) * 8]
    if rate == 16000:
        samples = np.repeat(samples, 2)
    return CallAudio("mixed", position_ms, "S16LE", rate, samples.astype("<i2").tobytes())


def started(rate: int = 8000) -> CallStarted:
    return CallStarted("op", "t", "inbound", datetime.now(UTC), (Channel("mixed"),), rate, "test")


async def publish(stack: Stack, call_id: str, events: list[Event]) -> None:
    await send(stack, [to_message(call_id, event) for event in events])


async def send(stack: Stack, messages: list[Message]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=stack.settings.kafka, acks="all", max_request_size=16 << 20)
    await producer.start()
    try:
        for message in messages:
            await producer.send_and_wait("calls.audio", message.value, key=message.key, headers=list(message.headers))
    finally:
        await producer.stop()


async def finished(stack: Stack, call_id: str) -> tuple[CallRow, list[WindowRow]]:
    store = await Store.open(stack.settings)
    try:
        async with asyncio.timeout(60):
            while (row := await store.call(call_id)) is None or row.status == "open":
                await asyncio.sleep(0.2)
        return row, await store.windows_of(call_id)
    finally:
        await store.close()


async def stored(stack: Stack, call_id: str, windows: int) -> None:
    """Wait until so many windows of a call are there."""
    store = await Store.open(stack.settings)
    try:
        async with asyncio.timeout(30):
            while len(await store.windows_of(call_id)) < windows:
                await asyncio.sleep(0.1)
    finally:
        await store.close()


async def judged_anew(stack: Stack, call_id: str, windows: int) -> tuple[CallRow, list[WindowRow]]:
    """The call once its verdict is made of so many windows."""
    async with asyncio.timeout(60):
        while True:
            row, found = await finished(stack, call_id)
            if len(found) == sum(verdict.windows for verdict in row.verdicts) == windows:
                return row, found
            await asyncio.sleep(0.2)


async def letters_of(stack: Stack, call_id: str, enough: Callable[[list[DeadLetter]], bool]) -> list[DeadLetter]:
    async with asyncio.timeout(30):
        while True:
            found = [letter for letter, _ in await read(stack.settings) if letter.call_id == call_id]
            if enough(found):
                return found


def run(work: Awaitable[Any]) -> Any:
    async def whole() -> Any:
        return await work

    return asyncio.run(whole())


def test_a_silent_call_is_closed_with_what_is_there_and_audio_after_that_is_a_dead_letter(stack: Stack) -> None:
    run(publish(stack, "silent", [started(), *(audio(p, 1000) for p in range(0, 6000, 1000))]))
    row, windows = run(finished(stack, "silent"))
    assert row.reason == "idle"
    assert [(w.start_ms, w.end_ms) for w in windows] == [(0, 5000), (4000, 6000)]
    assert windows[0].probability
    run(publish(stack, "silent", [audio(5000, 1000), audio(6000, 1000)]))  # a repeat, and something new
    (letter,) = run(letters_of(stack, "silent", bool))
    assert "audio after the call was closed (idle)" in letter.cause
    (message,) = [m for found, m in run(read(stack.settings)) if found.id == letter.id]
    run(replay(stack.settings, message))
    again = run(letters_of(stack, "silent", lambda found: len(found) == 2))
    assert {one.cause for one in again} == {letter.cause}


def test_a_call_is_not_silent_while_the_broker_cannot_be_heard(stack: Stack) -> None:
    broker = state_of(stack, "broker").pid
    run(publish(stack, "cut-off", [started(), *(audio(p, 1000) for p in range(0, 6000, 1000))]))
    run(stored(stack, "cut-off", 1))
    os.kill(broker, signal.SIGSTOP)
    time.sleep(IDLE_S + 3)  # less than the group waits for its members
    os.kill(broker, signal.SIGCONT)
    rest = [audio(p, 1000) for p in range(6000, 10_000, 1000)]
    run(publish(stack, "cut-off", [*rest, CallEnded({"mixed": 10_000}, "done")]))
    row, windows = run(finished(stack, "cut-off"))
    assert row.reason == "done"
    assert [(w.start_ms, w.end_ms) for w in windows] == [(0, 5000), (4000, 9000), (8000, 10_000)]


def test_audio_may_come_before_its_start_and_with_gaps(stack: Stack) -> None:
    events = [audio(0, 1000), started(), audio(1000, 1000), audio(9000, 1000), CallEnded({"mixed": 10_000}, "done")]
    run(publish(stack, "gaps", events))
    row, windows = run(finished(stack, "gaps"))
    assert (row.operator_id, row.reason) == ("op", "done")
    assert [(w.start_ms, w.end_ms) for w in windows] == [(0, 5000), (4000, 9000), (8000, 10_000)]
    assert [bool(w.probability) for w in windows] == [True, False, True]


def test_a_channel_at_16_khz_is_scored_as_at_8_khz(stack: Stack) -> None:
    for rate in (8000, 16000):
        events = [
            started(rate),
            *(audio(p, 500, rate) for p in range(0, 12_000, 500)),
            CallEnded({"mixed": 12_000}, "x"),
        ]
        run(publish(stack, f"rate-{rate}", events))
    narrow, wide = (run(finished(stack, f"rate-{rate}"))[1] for rate in (8000, 16000))
    assert [w.start_ms for w in narrow] == [w.start_ms for w in wide]
    for a, b in zip(narrow, wide, strict=True):
        assert a.markers == pytest.approx(b.markers, abs=1.0)


def test_a_frame_of_another_rate_is_a_dead_letter_and_the_call_goes_on(stack: Stack) -> None:
    events = [started(), audio(0, 1000), audio(1000, 1000, 16000), audio(1000, 1000), CallEnded({"mixed": 2000}, "x")]
    run(publish(stack, "mixed-rates", events))
    _, windows = run(finished(stack, "mixed-rates"))
    assert [(w.start_ms, w.end_ms) for w in windows] == [(0, 2000)]
    (letter,) = run(letters_of(stack, "mixed-rates", bool))
    assert "rate changed from 8000 to 16000" in letter.cause
    assert letter.attempts == 1


def test_events_out_of_contract_are_dead_letters_and_the_call_is_scored_as_without_them(stack: Stack) -> None:
    good = [to_message("strange", e) for e in (started(), *(audio(p, 1000) for p in range(0, 6000, 1000)))]
    end = to_message("strange", CallEnded({"mixed": 6000}, "end"))

    def changed(message: Message, **headers: bytes) -> Message:
        rest = tuple((k, v) for k, v in message.headers if k.replace("-", "_") not in headers)
        return message._replace(headers=(*rest, *((k.replace("_type", "-type"), v) for k, v in headers.items() if v)))

    bad = [
        good[1]._replace(headers=()),
        good[1]._replace(value=b""),
        good[1]._replace(value=bytes(12 << 20)),
        changed(good[1], content_type=b"audio/mpeg"),
        changed(good[1], channel=b"left"),
        changed(good[1], channel=b""),
        changed(good[1], position_ms=b"-1"),
        changed(good[1], position_ms=b"999999999999"),
        good[0]._replace(value=b'{"operator_id": 7}'),
        good[0]._replace(value=b"[]"),
        end._replace(value=b'{"duration_ms": {"mixed": "long"}, "reason": "x"}'),
    ]
    run(send(stack, [good[0], *bad[:6], *good[1:4], *bad[6:], *good[4:], good[2], end]))  # good[2]: a step backwards
    row, windows = run(finished(stack, "strange"))
    run(
        publish(
            stack,
            "plain",
            [started(), *(audio(p, 1000) for p in range(0, 6000, 1000)), CallEnded({"mixed": 6000}, "x")],
        )
    )
    expected = run(finished(stack, "plain"))
    assert row.verdicts == expected[0].verdicts
    assert [(w.start_ms, w.end_ms, w.markers) for w in windows] == [
        (w.start_ms, w.end_ms, w.markers) for w in expected[1]
    ]
    letters = run(letters_of(stack, "strange", lambda found: len(found) == len(bad)))
    assert {letter.topic for letter in letters} == {"calls.audio"}
    assert len({(letter.partition, letter.offset) for letter in letters}) == len(bad)
    assert all(letter.cause and letter.attempts == 1 for letter in letters)
    assert max(letter.size for letter in letters) == 12 << 20


def test_windows_that_cannot_be_scored_are_dead_letters_and_can_be_put_back(stack: Stack) -> None:
    events = [started(), *(audio(p, 1000) for p in range(0, 11_000, 1000)), CallEnded({"mixed": 11_000}, "end")]
    run(publish(stack, "calm", events))
    calm, expected = run(finished(stack, "calm"))
    assert all(window.probability for window in expected)

    stack.door.faults = ("no numbers",)  # type: ignore[attr-defined]
    try:
        run(publish(stack, "garbled", events))
        row, windows = run(finished(stack, "garbled"))
    finally:
        stack.door.faults = ()  # type: ignore[attr-defined]
    assert windows == []
    letters = run(letters_of(stack, "garbled", lambda found: len(found) == len(expected)))
    assert {letter.attempts for letter in letters} == {5}
    assert all("no numbers" in letter.cause for letter in letters)

    for _ in range(2):  # the second time does no harm
        for letter, message in run(read(stack.settings)):
            if letter.call_id == "garbled":
                run(replay(stack.settings, message))
    row, windows = run(judged_anew(stack, "garbled", len(expected)))
    assert row.verdicts == calm.verdicts
    assert [(w.start_ms, w.end_ms, w.markers) for w in windows] == [(w.start_ms, w.end_ms, w.markers) for w in expected]
    assert len(run(letters_of(stack, "garbled", bool))) == len(letters)


def test_audio_that_ended_says_nothing_of_is_waited_for(stack: Stack) -> None:
    events = [started(), audio(0, 1000), CallEnded({}, "hang-up"), audio(1000, 1000)]
    run(publish(stack, "undeclared", events))
    row, windows = run(finished(stack, "undeclared"))
    assert row.reason == "idle"
    assert [(w.start_ms, w.end_ms) for w in windows] == [(0, 2000)]


def test_the_same_call_published_again_changes_nothing(stack: Stack) -> None:
    events = [started(), *(audio(p, 1000) for p in range(0, 7000, 1000)), CallEnded({"mixed": 7000}, "end")]
    run(publish(stack, "twice", events))
    before = run(finished(stack, "twice"))
    run(publish(stack, "twice", events))
    run(publish(stack, "after-twice", events))
    run(finished(stack, "after-twice"))
    after = run(finished(stack, "twice"))
    assert msgspec.structs.replace(after[0], updated_at=before[0].updated_at) == before[0]
    assert after[1] == before[1]


def test_a_call_that_a_crash_left_open_is_swept(stack: Stack) -> None:
    row, windows = run(finished(stack, "orphan"))
    assert row.status == "scored"
    assert [verdict.windows for verdict in row.verdicts] == [len(windows)] == [1]


def test_the_scorer_shows_what_it_counts(stack: Stack) -> None:
    text = httpx.get(f"{stack.scorer}/metrics").text  # type: ignore[attr-defined]
    assert 'diktor_scorer_windows_total{outcome="scored"}' in text
    assert "diktor_scorer_dead_letters_total" in text
    health = httpx.get(f"{stack.scorer}/health").json()  # type: ignore[attr-defined]
    assert health["ready"]
    assert health["partitions"] == list(range(8))


def test_no_module_of_the_services_brings_torch(tmp_path: Path) -> None:
    import subprocess

    services = "services.scorer.app, services.ingest.api, services.api.app, services.dashboard.app"
    code = f"import {services}, sys; sys.exit('torch' in sys.modules)"
    subprocess.run([python(), "-W", "ignore", "-c", code], cwd=ROOT, check=True)
