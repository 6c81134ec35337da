"""What the lanes rest on: rows stored before anyone is told, bounds that hold, the partition's clock."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from diktor.audio.grid import Grid
from diktor.errors import StoreError, UnavailableError
from services.scorer.budget import Budget
from services.scorer.channel import ChannelState
from services.scorer.clock import PartitionClock
from services.scorer.ledger import Entry
from services.scorer.sink import Sink


async def test_a_row_is_told_stored_only_after_its_batch_was_inserted() -> None:
    open_door, inserted = asyncio.Event(), []

    async def insert(rows: Sequence[int]) -> None:
        await open_door.wait()
        inserted.append(list(rows))

    sink: Sink[int] = Sink(insert, batch_rows=3, batch_ms=20)
    sink.start()
    puts = [asyncio.create_task(sink.put(n)) for n in range(4)]
    await asyncio.sleep(0.05)
    assert not any(put.done() for put in puts)
    open_door.set()
    await asyncio.wait_for(asyncio.gather(*puts), 5)
    assert inserted == [[0, 1, 2], [3]]
    await sink.stop()


@pytest.mark.parametrize("error", [UnavailableError("away"), StoreError("disk full")])
async def test_a_batch_that_failed_is_inserted_again_whole(error: Exception) -> None:
    attempts: list[list[int]] = []

    async def insert(rows: Sequence[int]) -> None:
        attempts.append(list(rows))
        if len(attempts) < 3:
            raise error

    sink: Sink[int] = Sink(insert, batch_rows=2, batch_ms=10)
    sink.start()
    await asyncio.wait_for(asyncio.gather(sink.put(1), sink.put(2)), 10)
    assert attempts == [[1, 2]] * 3
    await sink.stop()


async def test_rows_wait_longer_for_company_while_there_is_a_backlog() -> None:
    inserted, behind = list[list[int]](), True

    async def insert(rows: Sequence[int]) -> None:
        inserted.append(list(rows))

    sink: Sink[int] = Sink(insert, batch_rows=3, batch_ms=100, behind=lambda: behind)
    sink.start()
    first = asyncio.create_task(sink.put(1))
    await asyncio.sleep(0.2)
    await asyncio.wait_for(asyncio.gather(first, sink.put(2)), 5)
    behind = False
    third = asyncio.create_task(sink.put(3))
    await asyncio.sleep(0.2)
    await asyncio.wait_for(asyncio.gather(third, sink.put(4)), 5)
    assert inserted == [[1, 2], [3], [4]]
    await sink.stop()


async def test_a_budget_makes_the_taker_wait_and_lets_one_giant_pass() -> None:
    budget = Budget(10)
    await budget.take(25)
    waiting = asyncio.create_task(budget.take(5))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    budget.give(25)
    await asyncio.wait_for(waiting, 1)
    assert budget.used == 5


def test_an_event_waits_for_every_window_that_holds_any_of_it() -> None:
    channel = ChannelState(Grid(), {})
    early, border, tail = Entry("early"), Entry("border"), Entry("tail")
    assert channel.wait(early, 1000) == []
    assert channel.wait(border, 4500) == []  # lies in windows 0 and 1
    assert channel.wait(tail, 8500) == []
    assert channel.stored(1) == []
    assert channel.stored(0) == [early, border]
    assert channel.close() == [tail]


def test_what_was_stored_before_a_restart_is_not_waited_for() -> None:
    channel = ChannelState(Grid(), {0: 5000, 4000: 9000})
    replayed = Entry("replayed")
    assert channel.wait(replayed, 7900) == [replayed]


def test_no_time_passes_on_a_partition_while_the_worker_does_not_listen() -> None:
    clock = PartitionClock()
    old = time.time() - 3600
    clock.heard(old)
    clock.heard(old + 5)
    assert clock.elapsed == pytest.approx(5)
    clock.listened(30)
    assert clock.elapsed == pytest.approx(35)


def test_a_message_from_the_future_does_not_make_calls_silent() -> None:
    clock = PartitionClock()
    clock.heard(time.time())
    clock.heard(time.time() + 10**6)
    assert clock.elapsed < 5


def test_a_clock_that_is_set_forward_makes_no_call_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    real, ahead = time.time, 0.0
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    clock = PartitionClock()
    clock.heard(time.time())
    ahead = 3600.0
    clock.heard(time.time())
    assert clock.elapsed < 5


def test_a_clock_that_is_set_back_does_not_stop_the_time_of_who_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    real, ahead = time.time, 0.0
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    clock = PartitionClock()
    clock.heard(time.time())
    ahead = -3600.0
    for _ in range(40):
        clock.heard(time.time())
        clock.listened(1.0)
    assert clock.elapsed == pytest.approx(40, abs=1)
