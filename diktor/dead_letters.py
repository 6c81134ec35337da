"""The dead letters on Kafka: read them, and put one back where it came from."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from diktor.errors import DiktorError, UnavailableError
from diktor.events import Message
from diktor.settings import Settings

_PREFIX = "dead_letter_"
_QUIET_S = 2.0
"""The topic is read to its end when nothing comes for so long (end offsets are not to be trusted on every broker)."""


class DeadLetter(msgspec.Struct, frozen=True):
    """An event that could not be scored: where it lies (`id` is partition:offset), why, and where it came from."""

    id: str
    call_id: str
    type: str
    cause: str
    topic: str
    partition: int
    offset: int
    attempts: int
    at: datetime
    size: int
    headers: dict[str, str]


async def read(settings: Settings) -> list[tuple[DeadLetter, Message]]:
    """Every dead letter there is, oldest first, with the message as it was.

    Raises:
        UnavailableError: Kafka is away.
    """
    return [item async for item in _read(settings)]


async def replay(settings: Settings, message: Message) -> None:
    """Publish the message on `calls.audio` again; scoring is idempotent, so that twice does no harm.

    Raises:
        UnavailableError: Kafka is away.
    """
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all", max_request_size=16 * 2**20)
    try:
        await producer.start()
        await producer.send_and_wait(
            settings.topic_audio, message.value, key=message.key, headers=list(message.headers)
        )
    except KafkaError as error:
        raise _away(settings, error) from error
    finally:
        await producer.stop()


def chosen(letters: list[tuple[DeadLetter, Message]], letter_id: str) -> tuple[DeadLetter, Message]:
    """The dead letter called `letter_id`.

    Raises:
        DiktorError: there is none.
    """
    for item in letters:
        if item[0].id == letter_id:
            return item
    raise DiktorError(f"there is no dead letter {letter_id!r}", "List them: diktor dead-letters list")


async def _read(settings: Settings) -> AsyncIterator[tuple[DeadLetter, Message]]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=16 * 2**20,
        fetch_max_wait_ms=settings.kafka_fetch_wait_ms,
    )
    try:
        await consumer.start()
        topic = settings.topic_dead_letters
        partitions = consumer.partitions_for_topic(topic) or await _after_metadata(consumer, topic)
        consumer.assign([TopicPartition(topic, number) for number in sorted(partitions)])
        while batches := await consumer.getmany(timeout_ms=int(_QUIET_S * 1000)):
            for records in batches.values():
                for record in records:
                    yield _letter(record), _original(record)
    except KafkaError as error:
        raise _away(settings, error) from error
    finally:
        await consumer.stop()


async def _after_metadata(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    for _ in range(10):
        await consumer._client.force_metadata_update()
        if partitions := consumer.partitions_for_topic(topic):
            return set(partitions)
        await asyncio.sleep(0.2)
    return set()


def _letter(record: ConsumerRecord) -> DeadLetter:
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    why = {name.removeprefix(_PREFIX): text for name, text in headers.items() if name.startswith(_PREFIX)}
    return DeadLetter(
        id=f"{record.partition}:{record.offset}",
        call_id=(record.key or b"").decode(errors="replace"),
        type=headers.get("ce_type", ""),
        cause=why.get("cause", ""),
        topic=why.get("topic", ""),
        partition=int(why.get("partition", -1)),
        offset=int(why.get("offset", -1)),
        attempts=int(why.get("attempts", 1)),
        at=datetime.fromisoformat(why["at"]) if "at" in why else datetime.fromtimestamp(record.timestamp / 1000),
        size=len(record.value or b""),
        headers={name: text for name, text in headers.items() if not name.startswith(_PREFIX)},
    )


def _original(record: ConsumerRecord) -> Message:
    headers = tuple((name, value) for name, value in record.headers if not name.startswith(_PREFIX))
    return Message(record.key or b"", record.value or b"", headers)


def _away(settings: Settings, error: KafkaError) -> UnavailableError:
    return UnavailableError(f"Kafka at {settings.kafka} is away ({error!r})", "Is the stack up? diktor status")
