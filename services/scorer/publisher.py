"""What the scorer says on Kafka: verdicts on `calls.scores`, what it cannot score on `calls.dead-letters`."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from diktor.errors import DiktorError, UnavailableError, told
from diktor.events import Message, scored_message
from diktor.metrics import LETTERS
from diktor.rows import CallRow
from diktor.settings import Settings
from services.scorer.retry import until_available

log = logging.getLogger(__name__)

LARGEST = 16 * 2**20
"""Bytes of a message at most: a 15 MB event must still fit as a dead letter."""

ANSWER_S = 2.0


class Publisher:
    """A producer that returns when the broker has the message, however long that takes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka, acks="all", max_request_size=LARGEST, enable_idempotence=False
        )
        await self._producer.start()

    async def stop(self) -> None:
        """Send what is waiting and hang up."""
        if self._producer is not None:
            await self._producer.stop()

    async def reachable(self) -> bool:
        """Whether the broker answers within two seconds."""
        assert self._producer is not None, "the publisher was not started"
        with contextlib.suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(ANSWER_S):
                return bool(await self._producer.client.force_metadata_update())
        return False

    async def verdict(self, row: CallRow) -> None:
        """Announce a finished call."""
        await self._send(self._settings.topic_scores, scored_message(row))

    async def dead_letter(
        self,
        key: bytes | None,
        value: bytes | None,
        headers: Iterable[tuple[str, bytes]],
        error: DiktorError,
        origin: tuple[str, int, int],
        attempts: int = 1,
    ) -> None:
        """Put an event aside as it came, with its cause, where it came from (topic, partition, offset) and attempts."""
        topic, partition, offset = origin
        LETTERS.inc()
        log.warning("dead letter from %s/%d@%d: %s", topic, partition, offset, told(error))
        why = {
            "dead_letter_cause": error.cause,
            "dead_letter_topic": topic,
            "dead_letter_partition": str(partition),
            "dead_letter_offset": str(offset),
            "dead_letter_attempts": str(attempts),
            "dead_letter_at": datetime.now(UTC).isoformat(),
        }
        noted = (*headers, *((name, text.encode()) for name, text in why.items()))
        await self._send(self._settings.topic_dead_letters, Message(key or b"", value or b"", noted))

    async def _send(self, topic: str, message: Message) -> None:
        async def once() -> None:
            assert self._producer is not None, "the publisher was not started"
            try:
                await self._producer.send_and_wait(topic, message.value, key=message.key, headers=list(message.headers))
            except KafkaError as error:
                raise UnavailableError(f"Kafka did not take a message for {topic}: {error!r}") from error

        await until_available(f"publishing to {topic}", once)
