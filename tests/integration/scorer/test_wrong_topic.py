"""A scorer that was pointed at somebody else's topic stops and says so, instead of draining it into the bin."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from aiokafka import AIOKafkaProducer

from diktor.dead_letters import read
from diktor.settings import Settings
from tests.support.broker import broker, create_topics
from tests.support.clickhouse import TOKEN, ClickHouse, clickhouse
from tests.support.processes import free_port, python, running, wait_until

FOREIGN, COUNT = "orders", 400


@contextmanager
def scorer(folder: Path, kafka: str, engine: ClickHouse, **env: str) -> Iterator[tuple[str, Path]]:
    """(address, log) of a worker that reads the foreign topic."""
    port, log = free_port(), folder / "scorer.log"
    settings = {
        "DIKTOR_HOME": str(folder), "DIKTOR_KAFKA": kafka, "DIKTOR_TOPIC_AUDIO": FOREIGN, "DIKTOR_PARTITIONS": "1",
        "DIKTOR_KAFKA_FETCH_WAIT_MS": "20", "DIKTOR_SCORER_PORT": str(port), "DIKTOR_CLICKHOUSE_TOKEN": TOKEN,
        "DIKTOR_CLICKHOUSE": f"http://default@127.0.0.1:{engine.port}/diktor", **env,
    }  # fmt: skip
    with running([python(), "-m", "services.scorer"], settings, log, port):
        yield f"http://127.0.0.1:{port}", log


async def publish(kafka: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        for number in range(COUNT):
            await producer.send(FOREIGN, b'{"order": 7}', key=f"order-{number}".encode())
    finally:
        await producer.stop()


def halted(url: str) -> str:
    answer = httpx.get(f"{url}/health")
    return str(answer.json()["halted"]) if answer.status_code == 503 else ""


def test_a_foreign_topic_halts_the_scorer_before_it_is_drained(tmp_path: Path) -> None:
    with broker(tmp_path) as (kafka, _), clickhouse(tmp_path) as engine:
        create_topics(kafka, {FOREIGN: 1, "calls.dead-letters": 1, "calls.scores": 1})
        asyncio.run(publish(kafka))
        settings = Settings.load(kafka=kafka, kafka_fetch_wait_ms=20)
        with scorer(tmp_path, kafka, engine) as (url, log):
            wait_until("it halts", lambda: halted(url) != "", 60)
            assert "not a CloudEvent" in halted(url)
            assert "the scorer halts" in log.read_text()
            assert "diktor_scorer_halted 1.0" in httpx.get(f"{url}/metrics").text
            letters = asyncio.run(read(settings))
            assert 50 <= len(letters) < COUNT
        with scorer(tmp_path, kafka, engine, DIKTOR_DEAD_LETTER_SHARE="1") as (url, _):
            offsets = lambda: {letter.offset for letter, _ in asyncio.run(read(settings))}  # noqa: E731
            wait_until("whoever says so has it drained", lambda: offsets() == set(range(COUNT)), 60)
