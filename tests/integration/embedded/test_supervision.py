"""What dies comes back, and what answers without serving is found out."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.embedded import supervisor
from deploy.embedded.parts import STUB
from deploy.embedded.stack import Stack
from deploy.embedded.supervisor import Supervisor
from deploy.embedded.watchdog import EVERY_S
from diktor.releases import load_release
from diktor.scoring.triton import Triton
from tests.support.processes import wait_until
from tests.support.stack import embedded_stack, problem_of, state_of, wait_until_it_serves


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("home")
    with embedded_stack(home, parts=("broker", "clickhouse", "triton", "watchdog")) as running:
        yield running


def test_every_part_serves_on_loopback_below_the_ephemeral_ports(stack: Stack) -> None:
    status = stack.status()
    assert [part["part"] for part in status] == ["broker", "clickhouse", "triton", "watchdog"]
    assert [part["problem"] for part in status] == [""] * 4
    for process in stack.supervisor.processes():
        listening = [c.laddr for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]
        assert {address.ip for address in listening} <= {"127.0.0.1", "::ffff:127.0.0.1"}, (process, listening)
        assert all(address.port < 32768 for address in listening), (process, listening)


def test_a_killed_part_is_started_again(stack: Stack) -> None:
    before = state_of(stack, "clickhouse").pid
    os.kill(before, signal.SIGKILL)
    wait_until("clickhouse has a new process", lambda: state_of(stack, "clickhouse").pid not in (0, before))
    wait_until_it_serves(stack, "clickhouse")


def test_a_tritonserver_with_a_dead_stub_says_ready_and_is_restarted_by_the_watchdog(stack: Stack) -> None:
    wait_until("triton has been up for long enough", lambda: state_of(stack, "triton").uptime_s > 16)
    before = state_of(stack, "triton").pid
    stubs = [p for p in psutil.Process(before).children() if STUB in p.name() or STUB in " ".join(p.cmdline())]
    next(p for p in stubs if "member_a" in " ".join(p.cmdline())).kill()
    wait_until("the golden window fails", lambda: problem_of(stack, "triton") != "", 30)
    wait_until("triton has a new process", lambda: state_of(stack, "triton").pid not in (0, before), 120)
    wait_until_it_serves(stack, "triton")


def test_a_stub_that_outlives_its_tritonserver_is_ended(stack: Stack) -> None:
    before = state_of(stack, "triton").pid
    stub = next(p for p in psutil.Process(before).children() if STUB in " ".join(p.cmdline()))
    stub.suspend()  # it does not notice
    os.kill(before, signal.SIGKILL)
    wait_until("triton has a new process", lambda: state_of(stack, "triton").pid not in (0, before))
    wait_until("the stub is gone", lambda: not stub.is_running(), 30)
    wait_until_it_serves(stack, "triton")


def test_while_windows_are_scored_the_watchdog_asks_for_none_of_its_own(stack: Stack) -> None:
    settings = stack.settings
    release = load_release(settings.model_repository, 1)
    pcm = np.load(settings.model_repository / release.ensemble / "golden.npz")["pcm"][0]

    async def scored(seconds: float, every: float | None) -> int:
        """Windows of others that Triton scores in so many seconds, while one is asked for `every` so many."""
        async with Triton(settings.triton) as triton:
            before, asked, until = await triton.scored(release), 0, time.monotonic() + seconds
            while time.monotonic() < until:
                if every is not None:
                    await triton.score(release, pcm)
                    asked += 1
                await asyncio.sleep(every or 0.5)
            return await triton.scored(release) - before - asked

    assert asyncio.run(scored(12, None)) >= 2
    asyncio.run(scored(EVERY_S + 1, 0.5))  # it has seen them
    assert asyncio.run(scored(9, 0.5)) == 0


def test_a_broker_that_lost_its_memory_gets_its_topics_again(stack: Stack) -> None:
    before = state_of(stack, "broker").pid
    wait_until("the watchdog knows the broker", lambda: state_of(stack, "watchdog").uptime_s > 3)
    os.kill(before, signal.SIGKILL)
    wait_until("the broker has a new process", lambda: state_of(stack, "broker").pid not in (0, before))
    wait_until_it_serves(stack, "broker")
    wanted = {stack.settings.topic_audio, stack.settings.topic_scores, stack.settings.topic_dead_letters}
    wait_until("the topics are there", lambda: wanted <= _topics(stack.settings.kafka), 60)
    assert state_of(stack, "watchdog").state == "RUNNING"


def test_a_part_that_supervisord_gave_up_is_started_again_once_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "RETRIES", 0)
    room = tmp_path / "room"
    room.touch()
    stack = Stack(tmp_path / "home", only=("broker", "watchdog"))
    broker, watchdog = stack.parts
    needy = ("sh", "-c", f'test -e {room} && exec "$@"', "sh", *broker.command)
    stack.parts = (replace(broker, command=needy), watchdog)
    stack.up()
    try:
        room.unlink()
        os.kill(state_of(stack, "broker").pid, signal.SIGKILL)
        wait_until("supervisord gives it up", lambda: state_of(stack, "broker").state == "FATAL")
        room.touch()
        wait_until_it_serves(stack, "broker")
    finally:
        stack.down()


def test_a_supervisord_that_was_killed_leaves_nothing_after_down(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("killed")
    stack = Stack(home, only=("broker", "clickhouse"))
    stack.up()
    try:
        pid = int((home / "supervisord.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        wait_until("supervisord is gone", lambda: not stack.supervisor.running())
        assert Supervisor(stack.home).processes(), "the parts outlive it"
    finally:
        stack.down()
    assert not stack.supervisor.processes()


def _topics(address: str) -> set[str]:
    async def ask() -> set[str]:
        admin = AIOKafkaAdminClient(bootstrap_servers=address)
        await admin.start()
        try:
            return set(await admin.list_topics())
        finally:
            await admin.close()

    return asyncio.run(ask())
