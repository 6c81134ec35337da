"""The store on the real engine: what was written is read, replaced rows are seen once, crashes lose nothing told."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from diktor.errors import StoreError, UnavailableError
from diktor.rows import CallRow, ChannelVerdict, DefectVerdict, Span, WindowRow
from diktor.settings import Settings
from diktor.stamp import stamp
from diktor.store.client import Store
from diktor.store.connection import connect, translated
from diktor.store.migrate import migrate, migrations
from tests.support.clickhouse import ClickHouse, clickhouse
from tests.support.disks import small_disk

NOW = datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)


def window(call_id: str, start_ms: int = 0, **more: object) -> WindowRow:
    evidence = ((Span(start_ms + 100, start_ms + 180, 0.75),), (), ())
    row = WindowRow(
        call_id, "operator", start_ms, start_ms + 5000, 3200, (0.5, 0.25, 0.125), (2.5, 1.0), evidence, 1, NOW
    )
    return msgspec.structs.replace(row, **more)


def call(call_id: str, **more: object) -> CallRow:
    defect = DefectVerdict("rhotacism", 71.5, "likely", 12.5, (Span(100, 180, 0.75),))
    silent = DefectVerdict("stuttering", None, "not_enough_evidence", 0.0, ())
    verdict = ChannelVerdict("operator", 9000, 2, 6000, (defect, silent))
    moment = NOW.replace(microsecond=123000)
    row = CallRow(call_id, "op", "t", "inbound", "s", moment, ("operator",), 1, 3, "scored", "end", (verdict,), NOW)
    return msgspec.structs.replace(row, **more)


@pytest.fixture
async def store(engine: ClickHouse) -> Store:
    return await Store.open(engine.settings())


async def test_rows_come_back_as_they_were_written(store: Store) -> None:
    silent = window("w", 4000, probability=(), markers=(), evidence=(), speech_ms=0)
    await store.insert_windows([window("w"), silent])
    await store.insert_calls([call("w")])
    assert await store.windows_of("w") == [window("w"), silent]
    assert await store.call("w") == call("w")
    assert await store.stored_starts("w") == {"operator": {0: 5000, 4000: 9000}}
    assert await store.call("unheard of") is None
    await store.close()


async def test_a_replayed_window_is_visible_once_and_the_newest_wins(store: Store) -> None:
    newer = window("r", probability=(0.75, 0.25, 0.125), scored_at=NOW + timedelta(seconds=1))
    for row in (newer, window("r"), window("r")):
        await store.insert_windows([row])
    assert await store.windows_of("r") == [newer]
    assert (await store.counts(["r"])).visible == 1
    await store.close()


async def test_a_finished_call_is_never_hidden_by_an_open_row_that_comes_late(store: Store) -> None:
    await store.insert_calls([call("late")])
    late = call("late", status="open", verdicts=(), updated_at=NOW + timedelta(hours=1))
    await store.insert_calls([late])
    assert await store.call("late") == call("late")
    assert "late" not in {row.call_id for row in await store.open_calls([3])}
    await store.close()


async def test_rows_stamped_after_what_they_replace_win_though_the_clock_was_set_back(store: Store) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    await store.insert_calls([call("back", status="open", operator_id="unknown", updated_at=ahead)])
    for newer in (call("back", status="open"), call("back"), call("back", reason="judged again")):
        known = await store.call("back")
        assert known is not None
        newer = msgspec.structs.replace(newer, updated_at=stamp(known.updated_at))
        await store.insert_calls([newer])
        assert await store.call("back") == newer
    short = window("back", end_ms=2000, scored_at=ahead)
    await store.insert_windows([short])
    assert await store.newest_window("back") == ahead
    whole = window("back", scored_at=stamp(await store.newest_window("back")))
    await store.insert_windows([whole])
    assert await store.windows_of("back") == [whole]
    assert (await store.newest_window("unheard of")).year == 1970
    await store.close()


async def test_open_calls_are_found_by_partition(store: Store) -> None:
    await store.insert_calls([call("open-3", status="open"), call("open-4", status="open", partition=4)])
    assert {row.call_id for row in await store.open_calls([4])} == {"open-4"}
    await store.close()


async def test_two_workers_may_migrate_at_once_and_again(tmp_path: Path) -> None:
    with clickhouse(tmp_path) as fresh:
        settings = fresh.settings()
        both = await asyncio.gather(migrate(settings), migrate(settings))
        assert set(both[0]) | set(both[1]) == {name for name, _ in migrations()}
        assert await migrate(settings) == []


async def test_what_clickhouse_refuses_and_what_passes_are_told_apart(engine: ClickHouse) -> None:
    settings = engine.settings()
    client = await connect(settings, "default")
    with pytest.raises(StoreError, match="nowhere"), translated(settings):
        await client.query("SELECT * FROM nowhere")
    await client.close()
    with pytest.raises(UnavailableError, match=r"diktor status|asked again"):
        await Store.open(Settings.load(clickhouse="http://default@127.0.0.1:9/diktor"))


async def test_a_full_disk_refuses_rows_loudly_and_takes_them_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "chdb", 64) as disk, clickhouse(tmp_path) as engine:
        store = await Store.open(engine.settings())
        await store.insert_windows([window("full")])
        filled = asyncio.create_task(asyncio.to_thread(disk.fill_for, 3))
        await asyncio.sleep(1)
        with pytest.raises(UnavailableError, match="not enough space"):
            await store.insert_windows([window("full", 4000)])
        with pytest.raises(UnavailableError, match="not enough space"):
            await store.insert_calls([call("full")])
        assert await store.windows_of("full") == [window("full")], "it can be read meanwhile"
        await filled
        await store.insert_windows([window("full", 4000)])
        assert await store.windows_of("full") == [window("full"), window("full", 4000)]
        await store.close()


async def test_a_killed_engine_keeps_every_row_it_said_it_had(tmp_path: Path) -> None:
    with clickhouse(tmp_path) as engine:
        store = await Store.open(engine.settings())
        told = 0
        try:
            for start in range(400):
                await store.insert_windows([window("kill", start * 4000)])
                told += 1
                if start == 150:
                    engine.running.process.kill()
        except (UnavailableError, StoreError):
            await store.close()
        port = engine.port
        engine.running.process.wait()
    assert 150 <= told < 400
    with clickhouse(tmp_path, port) as engine:
        store = await Store.open(engine.settings())
        starts = await store.stored_starts("kill")
        assert len(starts["operator"]) >= told
        await store.close()
