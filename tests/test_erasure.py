"""Erasing calls on the real engine: nothing of them is left, nor when it comes back, and nothing else is touched."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from clickhouse_connect.driver.asyncclient import AsyncClient

from diktor.erasure import Eraser, Subject
from diktor.recordings import Recording, Recordings
from diktor.rows import CallRow, LabelRow, WindowRow
from diktor.settings import Settings
from diktor.store.client import Store
from diktor.store.connection import connect
from diktor.store.erase import TABLES, Remains
from diktor.store.labels import Labels
from tests.support.clickhouse import clickhouse

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("engine")
    with clickhouse(folder) as engine:
        yield engine.settings(home=folder)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[AsyncClient]:
    await (await Store.open(settings)).close()
    found = await connect(settings)
    for table in TABLES:
        await found.command(f"TRUNCATE TABLE {table}")
    yield found
    await found.close()


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    return Recordings(f"file://{tmp_path / 'store'}")


@pytest.fixture
def eraser(client: AsyncClient, settings: Settings, recordings: Recordings) -> Eraser:
    return Eraser(recordings, Remains(client, settings))


async def stored(settings: Settings, call_id: str, operator: str = "op", source: str = "pbx") -> None:
    """A call with a row in every table."""
    began = NOW - timedelta(hours=1)
    row = CallRow(call_id, operator, "team", "inbound", source, began, ("mixed",), 1, 0, "scored", "end", (), NOW)
    window = WindowRow(call_id, "mixed", 0, 5000, 0, (), (), (), 1, NOW)
    store, labels = await Store.open(settings), await Labels.open(settings)
    await store.insert_calls([msgspec.structs.replace(row, status="open"), row])
    await store.insert_windows([window])
    await store.insert_shadow_windows([msgspec.structs.replace(window, release=2)])
    await labels.put([LabelRow(call_id, "mixed", 0, "rhotacism", "confirmed", "s", "", NOW)])
    await store.close()
    await labels.close()


def recorded(store: Recordings, folder: Path, call_id: str, taken_at: datetime, operator: str = "op") -> None:
    (folder / "audio").write_bytes(b"sound")
    names = ("audio", 5, operator, "team", "inbound", NOW, ("mixed",), 1000, None)
    store.put(Recording(call_id, "digest", *names, taken_at), folder / "audio")


async def rows(client: AsyncClient, call_id: str) -> int:
    parts = (f"SELECT count() AS n FROM {table} WHERE call_id = {{id:String}}" for table in TABLES)
    query = f"SELECT sum(n) FROM ({' UNION ALL '.join(parts)})"
    return int((await client.query(query, parameters={"id": call_id})).result_rows[0][0])


async def test_nothing_of_an_erased_call_is_left(
    client: AsyncClient, settings: Settings, recordings: Recordings, eraser: Eraser, tmp_path: Path
) -> None:
    for call_id in ("call-a", "call-b"):
        await stored(settings, call_id)
        recorded(recordings, tmp_path, call_id, NOW - timedelta(hours=1))
    recordings.keep_beside("call-a", "peaks.json", b"[]")
    assert await eraser.erase({"call-a": NOW}) == {"call-a"}
    assert (await rows(client, "call-a"), await rows(client, "call-b")) == (0, 4)
    assert [recording.call_id for recording in recordings] == ["call-b"]
    assert recordings.beside("call-a", "peaks.json") is None
    assert await eraser.erase({"call-a": NOW}) == frozenset()


async def test_what_a_replay_or_a_backup_brings_back_is_erased_again(
    client: AsyncClient, settings: Settings, recordings: Recordings, eraser: Eraser, tmp_path: Path
) -> None:
    await stored(settings, "call-a")
    recorded(recordings, tmp_path, "call-a", NOW - timedelta(hours=1))
    await eraser.erase({"call-a": NOW})
    await stored(settings, "call-a")
    recorded(recordings, tmp_path, "call-a", NOW - timedelta(hours=1))
    assert await eraser.erase({"call-a": NOW}, recorded=False) == {"call-a"}
    assert await rows(client, "call-a") == 0
    assert list(recordings) == []


async def test_a_recording_that_was_sent_anew_stays(
    client: AsyncClient, settings: Settings, recordings: Recordings, eraser: Eraser, tmp_path: Path
) -> None:
    await stored(settings, "call-a")
    recorded(recordings, tmp_path, "call-a", NOW + timedelta(minutes=1))
    assert await eraser.erase({"call-a": NOW}) == frozenset()
    assert await rows(client, "call-a") == 4


async def test_an_operator_and_a_caller_are_erased_by_their_calls(
    client: AsyncClient, settings: Settings, recordings: Recordings, eraser: Eraser, tmp_path: Path
) -> None:
    await stored(settings, "pbx/17", "o'neil", "sip:+70000000001")
    await stored(settings, "pbx/18", "other", "sip:+70000000001")
    await stored(settings, "pbx/19", "other", "sip:+70000000002")
    recorded(recordings, tmp_path, "call-unscored", NOW - timedelta(minutes=1), "o'neil")
    assert await eraser.calls_of(Subject("operator", "o'neil", NOW)) == {"pbx/17", "call-unscored"}
    caller = await eraser.calls_of(Subject("caller", "sip:+70000000001", NOW))
    assert caller == {"pbx/17", "pbx/18"}
    assert await eraser.erase(dict.fromkeys(caller, NOW)) == caller
    assert [await rows(client, f"pbx/{number}") for number in (17, 18, 19)] == [0, 0, 4]
    assert await eraser.calls_of(Subject("operator", "other", NOW - timedelta(days=1))) == frozenset()
