"""The published page says what the code does."""

import re
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
import yaml

from diktor.asyncapi import document, text
from diktor.events import CallAudio, CallEnded, CallStarted, Channel, Event, parse, to_message
from tests.support.processes import ROOT

PAGE = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())

EVENTS: dict[str, Event] = {
    "started": CallStarted("7", "a", "inbound", datetime(2026, 1, 1, tzinfo=UTC), (Channel("operator"),), 8000, "pbx"),
    "audio": CallAudio("operator", 40, "PCMA", 8000, b"\xd5" * 800),
    "ended": CallEnded({"operator": 100}, "hang-up"),
}


def schema(part: dict[str, Any]) -> dict[str, Any]:
    """A schema of the page with the ones it refers to."""
    return {**part, "components": PAGE["components"]}


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "asyncapi.yaml").read_text() == text(), "python -m diktor.asyncapi > docs/asyncapi.yaml"
    assert document() == PAGE


@pytest.mark.parametrize("name", EVENTS)
def test_real_messages_are_as_the_page_says(name: str) -> None:
    described = PAGE["components"]["messages"][name]
    message = to_message("call-1", EVENTS[name])
    headers = {key: value.decode() for key, value in message.headers}
    jsonschema.validate(headers, schema(described["headers"]))
    if name != "audio":
        jsonschema.validate(yaml.safe_load(message.value), schema(described["payload"]))


@pytest.mark.parametrize("name", ["started", "ended"])
def test_the_examples_of_the_page_are_accepted(name: str) -> None:
    import json

    described = PAGE["components"]["messages"][name]
    headers = [(k, v["const"].encode()) for k, v in described["headers"]["properties"].items() if "const" in v]
    (example,) = described["examples"]
    call_id, event = parse(b"call-1", json.dumps(example["payload"]).encode(), headers)
    assert call_id == "call-1"
    assert re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower() == f"call_{name}"
