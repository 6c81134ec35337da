"""`docs/asyncapi.yaml` from the event types: what another Kafka client needs to know, and nothing else.

`python -m diktor.asyncapi` writes it; a test keeps it up to date.
"""

import sys
from typing import Any

import msgspec
import yaml

from diktor.events import AUDIO, ENDED, LONGEST_MS, SCORED, SHORTEST_MS, STARTED, CallEnded, CallStarted
from diktor.rows import CallRow
from diktor.settings import Settings

_TEXT = {"type": "string"}

_ATTRIBUTES = {
    "ce_specversion": {"const": "1.0"},
    "ce_id": {**_TEXT, "description": "Unique per source."},
    "ce_source": {**_TEXT, "description": "Who publishes, a URI reference."},
    "ce_time": {**_TEXT, "format": "date-time", "description": "When it was published; may be missing."},
    "traceparent": {
        **_TEXT,
        "description": "The publisher's span (W3C Trace Context), may be missing: windows are scored in its trace.",
    },
}

_OPTIONAL = ("ce_time", "traceparent")

_AUDIO = {
    "channel": {"enum": ["operator", "customer", "mixed"]},
    "position_ms": {
        "type": "string",
        "pattern": "^[0-9]{1,12}$",
        "description": "Of the first sample, from the call's start. What is missing is silence; repeats are dropped.",
    },
    "content-type": {
        "enum": [
            "audio/x-raw;format=S16LE;rate=8000;channels=1",
            "audio/x-raw;format=S16LE;rate=16000;channels=1",
            "audio/PCMA",
            "audio/PCMU",
        ],
        "description": "S16LE is little-endian; PCMA and PCMU are 8 kHz (RFC 4856). A channel keeps its rate.",
    },
}

_STARTED_EXAMPLE = {
    "operator_id": "op-01",
    "team_id": "north",
    "direction": "inbound",
    "started_at": "2026-11-20T10:00:00Z",
    "channels": [{"name": "operator"}, {"name": "customer"}],
    "rate": 8000,
    "source": "pbx-1",
}
_ENDED_EXAMPLE = {"duration_ms": {"operator": 61000, "customer": 61000}, "reason": "hang-up"}


def document() -> dict[str, Any]:
    """The AsyncAPI 3.0 document."""
    topics = Settings.model_fields
    schemas, definitions = msgspec.json.schema_components(
        [CallStarted, CallEnded, CallRow], ref_template="#/components/schemas/{name}"
    )
    call = dict(zip(("started", "ended", "scored"), schemas, strict=True))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Diktor",
            "version": "1.0.0",
            "description": (
                "Call audio in, verdicts out, over Kafka. CloudEvents 1.0 in the Kafka binding's binary mode: "
                "attributes are headers `ce_…`, the data is the value. The key is the call id (UTF-8, 1 to 200 "
                "characters); a call is one key, its events in order: started, audio, ended. Delivery is at least "
                "once: repeats do no harm. A call silent for 30 s is closed with what is there. What is out of "
                "contract goes to the dead letters."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {
            "audio": _channel(topics["topic_audio"].default, ("started", "audio", "ended")),
            "scores": _channel(topics["topic_scores"].default, ("scored",)),
        },
        "operations": {
            "publishCall": {"action": "send", "channel": {"$ref": "#/channels/audio"}},
            "hearVerdicts": {"action": "receive", "channel": {"$ref": "#/channels/scores"}},
        },
        "components": {
            "messages": {
                "started": _message(STARTED, "A call begins.", call["started"], _STARTED_EXAMPLE),
                "audio": _audio_message(),
                "ended": _message(
                    ENDED,
                    "A call is over; durations per channel. One it does not name is waited for until it is silent.",
                    call["ended"],
                    _ENDED_EXAMPLE,
                ),
                "scored": _message(SCORED, "A finished call: risk and verdict per channel.", call["scored"], None),
            },
            "schemas": definitions,
        },
    }


def _channel(address: str, messages: tuple[str, ...]) -> dict[str, Any]:
    return {"address": address, "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages}}


def _message(kind: str, summary: str, payload: dict[str, Any], example: dict[str, Any] | None) -> dict[str, Any]:
    headers = {**_ATTRIBUTES, "ce_type": {"const": kind}, "content-type": {"const": "application/json"}}
    message = {
        "summary": summary,
        "contentType": "application/json",
        "headers": _object(headers),
        "payload": payload,
        "bindings": _KEY,
    }
    return message if example is None else {**message, "examples": [{"payload": example}]}


def _audio_message() -> dict[str, Any]:
    return {
        "summary": f"{SHORTEST_MS} ms to {LONGEST_MS // 1000} s of one channel, as bytes.",
        "headers": _object({**_ATTRIBUTES, "ce_type": {"const": AUDIO}, **_AUDIO}),
        "payload": {"type": "string", "format": "binary"},
        "bindings": _KEY,
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [n for n in properties if n not in _OPTIONAL]}


_KEY = {"kafka": {"key": {"type": "string", "minLength": 1, "maxLength": 200}}}


def text() -> str:
    """The document as YAML."""
    head = "# Written by: python -m diktor.asyncapi > docs/asyncapi.yaml\n"
    return head + yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=110)


if __name__ == "__main__":
    sys.stdout.write(text())
