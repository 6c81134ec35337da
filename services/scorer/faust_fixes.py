"""What Faust 0.15.3 does not let one set."""

from typing import Any

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread


def set_fetch_wait(milliseconds: int) -> None:
    """How long the broker may hold a fetch that finds nothing; Faust says 1,500 ms and has no setting for it.

    Kafka answers as soon as there is something, so it matters little there. A broker that looks only when the wait is
    over delays every message by it.
    """
    create = AIOKafkaConsumerThread._create_worker_consumer

    def with_wait(self: Any, transport: Any) -> Any:
        consumer = create(self, transport)
        consumer._fetch_max_wait_ms = milliseconds
        return consumer

    AIOKafkaConsumerThread._create_worker_consumer = with_wait
