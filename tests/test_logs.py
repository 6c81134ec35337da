"""A log line is one JSON document that says what happened to which call, and nothing that others wrote."""

import asyncio
import io
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.context import attach, detach

from diktor import logs, traces
from diktor.errors import AudioError, told

Lines = Callable[[], list[dict[str, Any]]]
HEADER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

log = logging.getLogger("diktor.somewhere")


@pytest.fixture
def restored() -> Iterator[None]:
    handlers, level, hook = logging.root.handlers, logging.root.level, sys.excepthook
    yield
    logging.root.handlers, sys.excepthook = handlers, hook
    logging.root.setLevel(level)
    logging.captureWarnings(False)


def configured(part: str, form: str = "json") -> io.StringIO:
    """What is logged from now on."""
    logs.configure(part, form)
    (handler,) = logging.root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(output := io.StringIO())
    return output


@pytest.fixture
def lines(restored: None) -> Lines:
    output = configured("scorer")
    return lambda: [json.loads(line) for line in output.getvalue().splitlines()]


def test_a_line_says_when_how_grave_which_part_and_what(lines: Lines) -> None:
    log.warning("%d things\nhappened", 3)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"level": "warning", "part": "scorer", "logger": log.name, "event": "3 things\nhappened"}


async def test_lines_of_a_calls_task_and_of_tasks_it_starts_name_the_call_and_no_others_do(lines: Lines) -> None:
    async def window() -> None:
        log.info("window")

    async def lane() -> None:
        logs.of_call("call-1")
        await asyncio.create_task(window())

    await asyncio.create_task(lane())
    log.info("other")
    assert [(line["event"], line.get("call_id")) for line in lines()] == [("window", "call-1"), ("other", None)]


def test_fields_that_are_not_on_the_list_are_left_out(lines: Lines) -> None:
    log.info("taken in", extra={"duration_ms": 1000, "operator_id": "op-17"})
    (line,) = lines()
    assert line["duration_ms"] == 1000
    assert "op-17" not in json.dumps(line)


def test_a_line_within_a_trace_names_it(lines: Lines) -> None:
    token = attach(traces.parent_of(HEADER))  # type: ignore[arg-type]
    try:
        log.info("here")
    finally:
        detach(token)
    assert lines()[0]["trace_id"] == HEADER.split("-")[1]
    assert not trace.get_current_span().get_span_context().is_valid


def test_an_error_is_told_with_its_causes_and_places_and_without_file_names(lines: Lines, tmp_path: Path) -> None:
    try:
        try:
            (tmp_path / "ivanov.wav").read_bytes()
        except OSError as error:
            raise ValueError("unknown channel 'Ivanov': operator or customer") from error
    except ValueError:
        log.exception("it failed")
    (line,) = lines()
    assert [error["type"] for error in line["exception"]] == ["ValueError", "FileNotFoundError"]
    assert line["exception"][0]["message"] == "unknown channel …: operator or customer"
    assert line["exception"][1]["message"] == "No such file or directory"
    assert any("test_logs.py" in frame for frame in line["exception"][0]["frames"])
    assert "ivanov" not in json.dumps(line).lower()


def test_warnings_and_crashes_are_lines_too(lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("an old name", DeprecationWarning, stacklevel=1)
    sys.excepthook(KeyError, KeyError("x"), None)
    warning, crash = lines()
    assert (warning["level"], crash["level"]) == ("warning", "critical")
    assert crash["event"] == "the process ends: KeyError"


@pytest.mark.usefixtures("restored")
def test_the_console_form_and_a_json_line_made_readable_are_the_same() -> None:
    output = configured("ingest", "console")
    try:
        raise OSError(28, "No space left on device", "ivanov.wav")
    except OSError:
        log.exception("not kept", extra={"call_id": "call-1"})
    first, *rest = output.getvalue().splitlines()
    assert first.endswith("ERROR ingest: not kept call_id=call-1")
    assert rest[0] == "  OSError: No space left on device"
    document = {"timestamp": first.split()[0], "level": "error", "part": "ingest", "logger": "x", "event": "not kept"}
    assert logs.readable(json.dumps({**document, "call_id": "call-1"})) == first


@pytest.mark.parametrize("line", ["plain words", "{", "7", '{"no": "event"}', ""])
def test_a_line_that_is_none_of_ours_stays_as_it_is(line: str) -> None:
    assert logs.readable(line) == line


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (AudioError("unknown channels ['ivanov', 'petrov']", "operator or customer"), "unknown channels […]"),
        (ValueError("""it's "Ivanov's" own"""), "it… own"),
        (PermissionError(13, "Permission denied", "/calls/ivanov.wav"), "Permission denied"),
        (ValueError("nothing quoted"), "nothing quoted"),
    ],
)  # fmt: skip
def test_what_an_error_quotes_is_left_out(error: Exception, text: str) -> None:
    assert told(error) == text
