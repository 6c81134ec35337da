"""Ingest on a real broker: stored first, published wholly, whatever dies in between."""

import asyncio
import errno
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from diktor.audio.decode import blocks
from diktor.audio.formats import decode_wire
from diktor.events import CallAudio, CallEnded, CallStarted, Event, parse
from diktor.recordings import Recording, Recordings
from diktor.settings import Settings
from diktor.waveforms import waveform
from services.ingest import watch as watching
from services.ingest.intake import Intake, Offer
from services.ingest.publish import Publications
from tests.support.broker import broker, create_topics
from tests.support.clickhouse import TOKEN, ClickHouse, clickhouse
from tests.support.processes import ROOT, Running, free_port, python, running, wait_until

CALL = ROOT / "assets" / "calls" / "call-02.mp3"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
PARTITIONS = 4


class Ingest:
    """A running service."""

    def __init__(self, port: int, process: Running, kafka: str) -> None:
        self.url, self.process, self.kafka = f"http://127.0.0.1:{port}", process, kafka

    def post(self, path: Path, **fields: str) -> httpx.Response:
        with path.open("rb") as file:
            files = {"file": (path.name, file)}
            return httpx.post(f"{self.url}/calls", data=fields, files=files, headers=HEADERS, timeout=60)

    def published(self, call_id: str) -> bool:
        return bool(httpx.get(f"{self.url}/calls/{call_id}", headers=HEADERS).json()["published"])

    def events(self, call_id: str) -> list[Event]:
        return asyncio.run(events_of(self.kafka, call_id))


async def events_of(kafka: str, call_id: str) -> list[Event]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", fetch_max_wait_ms=20)
    await consumer.start()
    found = []
    try:
        consumer.assign([TopicPartition("calls.audio", n) for n in range(PARTITIONS)])
        while batch := await consumer.getmany(timeout_ms=1500):
            for records in batch.values():
                parsed = [parse(record.key, record.value, record.headers) for record in records]
                found += [event for key, event in parsed if key == call_id]
    finally:
        await consumer.stop()
    return found


@contextmanager
def ingest(folder: Path, kafka: str, engine: ClickHouse, **env: str) -> Iterator[Ingest]:
    port = free_port()
    settings = {
        "DIKTOR_HOME": str(folder),
        "DIKTOR_KAFKA": kafka,
        "DIKTOR_INGEST": f"http://127.0.0.1:{port}",
        "DIKTOR_INGEST_TOKEN": TOKEN,
        "DIKTOR_CLICKHOUSE": f"http://default@127.0.0.1:{engine.port}/diktor",
        "DIKTOR_CLICKHOUSE_TOKEN": TOKEN,
        **env,
    }
    with running([python(), "-m", "services.ingest"], settings, folder / "ingest.log", port) as process:
        yield Ingest(port, process, kafka)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    with clickhouse(tmp_path_factory.mktemp("clickhouse")) as found:
        yield found


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with broker(tmp_path_factory.mktemp("broker")) as (address, _):
        create_topics(address, {"calls.audio": PARTITIONS})
        yield address


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, kafka: str, engine: ClickHouse) -> Iterator[Ingest]:
    folder = tmp_path_factory.mktemp("ingest")
    (folder / "drop").mkdir()
    with ingest(folder, kafka, engine, DIKTOR_INGEST_WATCH=str(folder / "drop")) as found:
        yield found


def put_together(events: list[Event], channel: str) -> np.ndarray:
    """A channel's samples from its events, by position: repeats fall on the same place."""
    audio = [event for event in events if isinstance(event, CallAudio) and event.channel == channel]
    whole = np.zeros(max(event.position_ms * 8 + event.samples for event in audio), np.int16)
    for event in audio:
        whole[event.position_ms * 8 : event.position_ms * 8 + event.samples] = np.rint(decode_wire(event) * 32768)
    return whole


def assert_whole(events: list[Event]) -> None:
    """The events of `CALL`, complete."""
    source = np.concatenate(list(blocks(CALL)), axis=1)
    for row, channel in zip(source, ("operator", "customer"), strict=True):
        np.testing.assert_array_equal(put_together(events, channel), row)
    assert isinstance(events[0], CallStarted)
    assert isinstance(events[-1], CallEnded)
    assert set(events[-1].duration_ms.values()) == {-(-source.shape[1] // 8)}


def test_a_stereo_file_becomes_its_own_samples_on_kafka(service: Ingest) -> None:
    answer = service.post(CALL, operator_id="op-9", team_id="t", direction="outbound")
    assert answer.status_code == 202
    body = answer.json()
    wait_until("the call is published", lambda: service.published(body["call_id"]))
    events = service.events(body["call_id"])
    assert_whole(events)
    started = events[0]
    assert isinstance(started, CallStarted)
    assert (started.operator_id, started.direction, [c.name for c in started.channels]) == (
        "op-9", "outbound", ["operator", "customer"],
    )  # fmt: skip
    again = service.post(CALL)
    assert (again.status_code, again.json()["duplicate"]) == (200, True)
    assert again.json()["call_id"] == body["call_id"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
def test_without_the_token_nothing_is_taken(service: Ingest, headers: dict[str, str]) -> None:
    answer = httpx.post(f"{service.url}/calls", files={"file": ("a.wav", b"x")}, headers=headers)
    assert answer.status_code == 401
    assert "DIKTOR_INGEST_TOKEN" in answer.json()["detail"]


def test_what_is_not_audio_is_refused_with_a_remedy(service: Ingest, tmp_path: Path) -> None:
    path = tmp_path / "letter.wav"
    path.write_text("dear sir")
    answer = service.post(path)
    assert answer.status_code == 422
    assert "letter.wav is not an audio file" in answer.json()["detail"]
    assert answer.json()["remedy"]


def test_channels_must_fit_the_file(service: Ingest) -> None:
    path = ROOT / "assets" / "calls" / "call-01.ogg"
    answer = service.post(path, channels="mixed")
    assert answer.status_code == 422
    assert "2 channels" in answer.json()["detail"]


def test_the_watched_folder_takes_files_and_says_why_not(service: Ingest) -> None:
    folder = service.process.log.parent / "drop"
    (folder / "call.flac").write_bytes((ROOT / "assets" / "calls" / "call-06.flac").read_bytes())
    (folder / "memo.mp3").write_text("no sound")
    wait_until("the files are looked at", lambda: not [p for p in folder.iterdir() if p.is_file()], 30)
    assert (folder / "done" / "call.flac").exists()
    assert "not an audio file" in (folder / "refused" / "memo.mp3.reason.txt").read_text()


def test_killed_in_the_middle_it_publishes_the_whole_call_after_its_restart(tmp_path: Path, engine: ClickHouse) -> None:
    with broker(tmp_path) as (kafka, _):  # where nobody published this call before
        create_topics(kafka, {"calls.audio": PARTITIONS})
        with ingest(tmp_path, kafka, engine) as first:
            call_id = first.post(CALL, speed="10").json()["call_id"]
            wait_until("some of the call is published", lambda: len(first.events(call_id)) > 5)
            os.killpg(first.process.process.pid, signal.SIGKILL)
        with ingest(tmp_path, kafka, engine, DIKTOR_RECORDINGS="") as second:
            wait_until("the call is published", lambda: second.published(call_id), 60)
            events = second.events(call_id)
    assert_whole(events)
    assert sum(isinstance(event, CallStarted) for event in events) == 2  # cut off, whole


def test_a_broker_that_is_away_loses_nothing(tmp_path: Path, engine: ClickHouse) -> None:
    port = free_port()
    with ingest(tmp_path, f"127.0.0.1:{port}", engine) as service:
        answer = service.post(CALL)
        assert answer.status_code == 202
        call_id = answer.json()["call_id"]
        with broker(tmp_path, port) as (address, _):
            create_topics(address, {"calls.audio": PARTITIONS})
            wait_until("the call is published", lambda: service.published(call_id), 60)
            assert_whole(service.events(call_id))


async def test_a_full_disk_delays_a_publication_and_loses_nothing(tmp_path: Path, kafka: str) -> None:
    class FullForNow(Recordings):
        failures = 0

        def fetch(self, call_id: str, target: Path) -> None:
            if self.failures < 2:
                self.failures += 1
                raise OSError(errno.ENOSPC, "No space left on device")
            super().fetch(call_id, target)

    settings = Settings.load(home=tmp_path, kafka=kafka)
    settings.spool.mkdir(parents=True)
    recordings = FullForNow(f"file://{tmp_path}/recordings")
    fields = ("d1", "call.mp3", 5, "op", "t", "inbound", datetime.now(UTC), ("operator", "customer"), 1000)
    recording = Recording("call-full", *fields, None, datetime.now(UTC))
    recordings.put(recording, CALL)
    publications = Publications(settings, recordings)
    publications.begin(recording)
    async with asyncio.timeout(30):
        while publications.busy(recording.call_id):
            await asyncio.sleep(0.1)
    await publications.stop()
    assert recordings.failures == 2
    assert recordings.get(recording.call_id).published  # type: ignore[union-attr]
    assert_whole(await events_of(kafka, recording.call_id))
    assert list(settings.spool.iterdir()) == []


async def test_a_recording_is_taken_with_its_waveform_and_without_one_where_there_is_no_room(
    tmp_path: Path, kafka: str
) -> None:
    class NoRoomBeside(Recordings):
        def keep_beside(self, call_id: str, name: str, content: bytes) -> None:
            if name == "peaks.json":
                raise OSError(errno.ENOSPC, "No space left on device")
            super().keep_beside(call_id, name, content)

    for store, there in ((Recordings, True), (NoRoomBeside, False)):
        settings = Settings.load(home=tmp_path / store.__name__, kafka=kafka)
        settings.spool.mkdir(parents=True)
        recordings = store(f"file://{settings.home}/recordings")
        publications = Publications(settings, recordings)
        taken = await Intake(settings, recordings, publications).take(CALL, Offer("call.mp3"))
        await publications.stop()
        drawn = waveform(recordings, taken.recording.call_id)
        assert (drawn is not None) == there
        if drawn:
            assert drawn.duration_ms == taken.recording.duration_ms
            assert [(name, len(found), max(found) > 10) for name, found in drawn.channels.items()] == [
                ("operator", 800, True), ("customer", 800, True),
            ]  # fmt: skip


async def test_recordings_are_kept_as_long_as_the_rows_and_no_longer(
    tmp_path: Path, kafka: str, engine: ClickHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "SETTLED_S", 0.0)  # minutes, in which a clock may be set right
    recordings, now = Recordings(f"file://{tmp_path}/recordings"), datetime.now(UTC)
    for name, days in (("call-old", 8), ("call-new", 6)):
        (tmp_path / name).write_bytes(b"sound")
        taken = now - timedelta(days=days)
        fields = ("audio", 5, "op", "t", "inbound", now, ("mixed",), 1000, None, taken, True)
        recordings.put(Recording(name, name, *fields), tmp_path / name)
    settings = engine.settings(home=tmp_path, kafka=kafka, retention_days=7)
    publications = Publications(settings, recordings)
    tasks = watching.watch(Intake(settings, recordings, publications), recordings, settings)
    async with asyncio.timeout(30):
        while [r.call_id for r in recordings] != ["call-new"]:
            await asyncio.sleep(0.1)
    await tasks.stop()
    await publications.stop()
    assert not (tmp_path / "recordings" / "call-old").exists()


def test_a_store_that_cannot_be_written_is_said_and_nothing_is_taken(tmp_path: Path, engine: ClickHouse) -> None:
    (tmp_path / "store").write_text("a file where the store's folder should be")
    with ingest(tmp_path, "127.0.0.1:9", engine, DIKTOR_RECORDINGS=f"file://{tmp_path}/store/calls") as service:
        answer = service.post(CALL)
        assert answer.status_code == 503
        assert "could not be kept here: Not a directory" in answer.json()["detail"]
        assert "send it again" in answer.json()["remedy"]
        assert httpx.get(f"{service.url}/health").status_code == 200


def test_a_start_without_a_time_zone_is_refused(service: Ingest) -> None:
    answer = service.post(ROOT / "assets" / "calls" / "call-03.wav", started_at="2026-11-20T10:00:00")
    assert answer.status_code == 422
    assert "no time zone" in answer.json()["detail"]


def test_an_operator_out_of_contract_is_refused_before_anything_is_stored(service: Ingest) -> None:
    path = ROOT / "assets" / "calls" / "call-03.wav"
    for operator in ("x" * 201, "op\n1"):
        answer = service.post(path, operator_id=operator)
        assert answer.status_code == 422
        assert "operator_id is out of contract" in answer.json()["detail"]


def test_the_same_file_sent_twice_at_once_is_one_call(service: Ingest) -> None:
    path = next((ROOT / "assets" / "calls").glob("call-04.*"))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: service.post(path), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 202]
    assert len({answer.json()["call_id"] for answer in answers}) == 1


def test_the_watch_goes_on_when_its_folder_goes_away_and_comes_back(service: Ingest) -> None:
    folder = service.process.log.parent / "drop"
    away = folder.with_name("away")
    folder.rename(away)
    wait_until("the watch misses its folder", lambda: "is looked at again" in service.process.log.read_text(), 30)
    away.rename(folder)
    (folder / "letter.ogg").write_text("no sound")
    reason = folder / "refused" / "letter.ogg.reason.txt"
    wait_until("the file is looked at", reason.exists, 30)
