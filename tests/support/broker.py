"""A Kafka broker for tests: Tansu, which keeps everything in memory."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.embedded.tansu import command
from tests.support.processes import Running, free_port, running


@contextmanager
def broker(folder: Path, port: int | None = None) -> Iterator[tuple[str, Running]]:
    """(address, process) of a running broker."""
    port = port or free_port()
    with running(command(port), {}, folder / "broker.log", port) as process:
        yield f"127.0.0.1:{port}", process


def create_topics(address: str, topics: dict[str, int]) -> None:
    """Topics with so many partitions."""

    async def create() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=address)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, count, 1) for name, count in topics.items()])
        finally:
            await admin.close()

    asyncio.run(create())
