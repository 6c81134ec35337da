"""`traceparent` as W3C has it: what can be understood is followed, everything else is as if it were not there."""

import subprocess
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach

from diktor import traces
from diktor.errors import SettingsError
from diktor.events import CallAudio, CallEnded, parse, to_message
from tests.support.processes import ROOT, python

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADER = f"00-{TRACE}-{SPAN}-01".encode()


@pytest.fixture
def nowhere() -> Iterator[None]:
    token = attach(Context())
    yield
    detach(token)


def current() -> str:
    return trace.format_span_id(trace.get_current_span().get_span_context().span_id)


@pytest.mark.usefixtures("nowhere")
def test_a_header_is_followed_and_goes_out_with_every_event() -> None:
    traces.follow(HEADER)
    assert current() == SPAN
    for event in (CallEnded({"mixed": 0}, "end"), CallAudio("mixed", 0, "S16LE", 8000, bytes(320))):
        message = to_message("call-1", event)
        assert dict(message.headers)["traceparent"] == HEADER
        assert parse(*message) == ("call-1", event)


@pytest.mark.usefixtures("nowhere")
def test_without_a_trace_events_have_no_such_header() -> None:
    assert "traceparent" not in dict(to_message("call-1", CallEnded({}, "end")).headers)


@pytest.mark.parametrize(
    "header",
    [
        None, b"", b"00", HEADER[:-1], HEADER + b"-more", b"ff" + HEADER[2:], HEADER.upper(), b"\xff" * 55,
        f"00-{'0' * 32}-{SPAN}-01".encode(), f"00-{TRACE}-{'0' * 16}-01".encode(), HEADER * 100,
    ],
)  # fmt: skip
@pytest.mark.usefixtures("nowhere")
def test_a_header_that_says_nothing_is_ignored(header: bytes | None) -> None:
    assert traces.parent_of(header) is None
    traces.follow(HEADER)
    traces.follow(header)
    assert current() == SPAN


@given(st.binary(max_size=600))
def test_noise_is_never_an_error(header: bytes) -> None:
    traces.parent_of(header)


@pytest.mark.usefixtures("nowhere")
def test_without_a_collector_no_sdk_is_loaded_and_a_span_costs_microseconds() -> None:
    code = "import services.scorer.app, services.ingest.api, sys; sys.exit('opentelemetry.sdk' in sys.modules)"
    subprocess.run([python(), "-W", "ignore", "-c", code], cwd=ROOT, check=True)
    started = time.process_time()
    for _ in range(1000):
        with traces.span("score window", call_id="call-1", start_ms=0):
            traces.note(outcome="scored")
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("address", ["http://host:4318", "http://host:4318/", "http://host:4318/v1/traces"])
def test_a_collectors_address_gets_its_path(address: str) -> None:
    assert traces.endpoint(address) == "http://host:4318/v1/traces"


@pytest.mark.parametrize("address", ["host:4318", "grpc://host:4317", "yes", "http://"])
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(SettingsError, match="DIKTOR_TRACES is no address"):
        traces.endpoint(address)
