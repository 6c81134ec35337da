"""Systems outside that the chaos tests may use: a real Kafka, ClickHouse or Triton, named by `DIKTOR_…` variables.

Read here when tests are collected, before they are taken from the environment (tests/conftest.py), and believed only
with `DIKTOR_CHAOS_OUTSIDE` (`make chaos` sets it), so that no other test ever touches them.
"""

import asyncio
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from aiokafka.admin import AIOKafkaAdminClient

from diktor.settings import Settings
from diktor.store.connection import address, connect

NAMES = (
    "kafka kafka_fetch_wait_ms replication clickhouse clickhouse_token clickhouse_engine clickhouse_cluster "
    "triton model_repository releases"
).split()


def _given() -> dict[str, str]:
    if not os.environ.get("DIKTOR_CHAOS_OUTSIDE"):
        return {}
    variables = {name: os.environ.get(f"DIKTOR_{name.upper()}", "") for name in NAMES}
    return {name: value for name, value in variables.items() if value}


GIVEN = _given()
"""Settings of the systems outside; empty when all parts are the stack's own."""

SETTING = {"broker": "kafka", "clickhouse": "clickhouse", "triton": "triton", "stub": "triton", "shm": "triton"}
"""Which setting says that a part (or something of it) is outside."""


def why_not(part: str) -> str:
    """Why nothing can be done to a part; empty when it is the stack's own."""
    return f"the {part} is outside: strike it where it runs" if SETTING.get(part) in GIVEN else ""


@contextmanager
def own_place() -> Iterator[dict[str, str]]:
    """Settings that give one stack topics, a group and a database of its own outside, removed afterwards.

    A group without topics is left to the broker, which forgets it.
    """
    name = f"chaos-{uuid.uuid4().hex[:12]}"
    place = dict(GIVEN)
    if "kafka" in place:
        place = {"kafka_fetch_wait_ms": "500", **place, "group": name}
        place |= {f"topic_{kind}": f"{name}.{kind}" for kind in ("audio", "scores", "dead_letters")}
    if "clickhouse" in place:
        place["clickhouse"] = urlsplit(place["clickhouse"])._replace(path=f"/{name.replace('-', '_')}").geturl()
    try:
        yield place
    finally:
        if place:
            asyncio.run(_removed(Settings.load(**place), place))


async def _removed(settings: Settings, place: dict[str, str]) -> None:
    if "kafka" in place:
        admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
        await admin.start()
        try:
            mine = {settings.topic_audio, settings.topic_scores, settings.topic_dead_letters}
            await admin.delete_topics(sorted(mine & set(await admin.list_topics())))
        finally:
            await admin.close()
    if "clickhouse" in place:
        client = await connect(settings, "default")
        try:
            cluster = f"ON CLUSTER `{settings.clickhouse_cluster}`" if settings.clickhouse_cluster else ""
            await client.command(f"DROP DATABASE IF EXISTS `{address(settings)['database']}` {cluster}")
        finally:
            await client.close()
