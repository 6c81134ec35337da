"""The Kafka contract: what is published on `calls.audio`, `calls.scores` and `calls.dead-letters`.

CloudEvents 1.0 in the Kafka protocol binding's binary mode: the attributes are headers `ce_…`, the data is the value,
the key is the call id (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md).
"""

import re
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from diktor import traces
from diktor.errors import ContractError
from diktor.rows import CallRow

SHORTEST_MS, LONGEST_MS = 20, 10_000
"""How much audio one message may hold."""

ChannelName = Literal["operator", "customer", "mixed"]
Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Moment = Annotated[datetime, msgspec.Meta(tz=True, extra_json_schema={"format": "date-time"})]
"""A time with its zone, as RFC 3339 writes it."""

Rate = Literal[8000, 16000]
Encoding = Literal["S16LE", "PCMA", "PCMU"]

STARTED: Final = "diktor.call.started"
AUDIO: Final = "diktor.call.audio"
ENDED: Final = "diktor.call.ended"
SCORED: Final = "diktor.call.scored"

WINDOW_END: Final = "window_end_ms"
"""The header that makes an audio event a window's dead letter."""


class Message(NamedTuple):
    """What goes over Kafka."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class Channel(msgspec.Struct, frozen=True):
    """One voice of a call."""

    name: ChannelName


class CallStarted(msgspec.Struct, frozen=True):
    """A call begins: who, when, which channels, at what rate (samples per second), from what source."""

    operator_id: Identifier
    team_id: Identifier
    direction: Literal["inbound", "outbound", "unknown"]
    started_at: Moment
    channels: Annotated[tuple[Channel, ...], msgspec.Meta(min_length=1, max_length=2)]
    rate: Rate
    source: Identifier


class CallAudio(msgspec.Struct, frozen=True):
    """20 ms to 10 s of one channel; `position_ms` is that of the first sample, from the call's start.

    `window_end_ms` only in the scorer's dead letters: the audio is a window that could not be scored and ends there.
    """

    channel: ChannelName
    position_ms: int
    encoding: Encoding
    rate: Rate
    data: bytes
    window_end_ms: int | None = None

    @property
    def samples(self) -> int:
        """How many samples `data` holds."""
        return len(self.data) // (2 if self.encoding == "S16LE" else 1)

    @property
    def end_ms(self) -> int:
        """The position of the first sample after this audio; a broken millisecond at the end counts."""
        return self.position_ms - (-self.samples * 1000 // self.rate)


class CallEnded(msgspec.Struct, frozen=True):
    """A call is over: each channel's duration, and why it ended."""

    duration_ms: dict[ChannelName, Annotated[int, msgspec.Meta(ge=0)]]
    reason: Identifier


Event = CallStarted | CallAudio | CallEnded

_RAW = re.compile(r"^audio/x-raw;format=S16LE;rate=(8000|16000);channels=1$")
_STARTED = msgspec.json.Decoder(CallStarted)
_ENDED = msgspec.json.Decoder(CallEnded)


def to_message(call_id: str, event: Event, *, source: str = "/diktor/ingest") -> Message:
    """An event as it is published."""
    if isinstance(event, CallAudio):
        headers = [("channel", event.channel.encode()), ("position_ms", str(event.position_ms).encode())]
        if event.window_end_ms is not None:
            headers.append((WINDOW_END, str(event.window_end_ms).encode()))
        return Message(call_id.encode(), event.data, (*_attributes(AUDIO, source, content_type(event)), *headers))
    kind = STARTED if isinstance(event, CallStarted) else ENDED
    return Message(call_id.encode(), msgspec.json.encode(event), _attributes(kind, source, "application/json"))


def parse(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> tuple[str, Event]:
    """The call id and the event of a message on `calls.audio`.

    Raises:
        ContractError: the message is out of contract; it says in what.
    """
    found = dict(headers)
    call_id = _text("key", key)
    if not call_id or len(call_id) > 200:
        raise ContractError("the key is not a call id of 1 to 200 characters")
    if found.get("ce_specversion") != b"1.0":
        raise ContractError("not a CloudEvent of version 1.0 in binary mode: header ce_specversion")
    kind = _text("ce_type", found.get("ce_type"))
    if value is None:
        raise ContractError(f"{kind or 'event'} without a value")
    if kind == AUDIO:
        return call_id, _audio(value, found)
    decoder: msgspec.json.Decoder[CallStarted] | msgspec.json.Decoder[CallEnded]
    if kind not in (STARTED, ENDED):
        raise ContractError(f"unknown event type {kind!r}")
    decoder = _STARTED if kind == STARTED else _ENDED
    try:
        return call_id, decoder.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ContractError(f"{kind}: {error}") from error


def content_type(audio: CallAudio) -> str:
    """The content type of an audio message."""
    return (
        f"audio/x-raw;format=S16LE;rate={audio.rate};channels=1"
        if audio.encoding == "S16LE"
        else f"audio/{audio.encoding}"
    )


def scored_message(row: CallRow, *, source: str = "/diktor/scorer") -> Message:
    """A finished call as it is published on `calls.scores`."""
    return Message(row.call_id.encode(), msgspec.json.encode(row), _attributes(SCORED, source, "application/json"))


def _attributes(kind: str, source: str, content: str) -> tuple[tuple[str, bytes], ...]:
    values = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.uuid4()),
        "ce_source": source,
        "ce_type": kind,
        "ce_time": datetime.now(UTC).isoformat(),
        "content-type": content,
    }
    if current := traces.traceparent():
        values[traces.TRACEPARENT] = current
    return tuple((name, value.encode()) for name, value in values.items())


def _audio(value: bytes, headers: dict[str, bytes]) -> CallAudio:
    encoding, rate = _format(_text("content-type", headers.get("content-type")))
    channel = _text("channel", headers.get("channel"))
    if channel not in ("operator", "customer", "mixed"):
        raise ContractError(f"unknown channel {channel!r}: operator, customer or mixed")
    position = _milliseconds("position_ms", headers.get("position_ms"))
    end = _milliseconds(WINDOW_END, headers[WINDOW_END]) if WINDOW_END in headers else None
    if encoding == "S16LE" and len(value) % 2:
        raise ContractError("half a sample: S16LE with an odd number of bytes")
    audio = CallAudio(channel, position, encoding, rate, value, end)  # type: ignore[arg-type]  # checked above
    duration_ms = audio.samples * 1000 / rate
    if not SHORTEST_MS <= duration_ms <= LONGEST_MS:
        raise ContractError(f"{duration_ms:g} ms of audio in one message: {SHORTEST_MS} to {LONGEST_MS} are allowed")
    return audio


def _milliseconds(name: str, value: bytes | None) -> int:
    text = _text(name, value)
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise ContractError(f"{name} is not a whole number of milliseconds: {text!r}")
    return int(text)


def _format(content: str) -> tuple[Encoding, Rate]:
    if content == "audio/PCMA":
        return "PCMA", 8000
    if content == "audio/PCMU":
        return "PCMU", 8000
    match = _RAW.match(content.replace(" ", ""))
    if not match:
        raise ContractError(f"unknown content type {content!r}")
    return "S16LE", 8000 if match[1] == "8000" else 16000


def _text(name: str, value: bytes | None) -> str:
    if value is None:
        raise ContractError(f"{name} is missing")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise ContractError(f"{name} is not UTF-8") from error
