"""Where a call's time goes: spans from ingest over Kafka and the scorer to Triton, told by W3C's `traceparent`.

Spans are made through OpenTelemetry's interface alone, which does nothing until `begin` is given a collector's address:
without one its SDK is not imported, and a span costs some microseconds. Attributes name calls and windows, never
people; an error is noted by its type, because its text may quote a file's name.
https://www.w3.org/TR/trace-context/, https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/distributed-tracing.md
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context, attach
from opentelemetry.trace import Span, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from diktor.errors import SettingsError
from diktor.settings import Settings

TRACEPARENT: Final = "traceparent"
"""The header's name: on Kafka, in HTTP and in gRPC."""

PATH = "/v1/traces"
"""Where a collector takes spans (OTLP/HTTP)."""

LONGEST, END_S = 512, 2.0
"""Characters of a header that is looked at; seconds that spans left over may take at the end."""

_W3C = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("diktor")


def begin(part: str, settings: Settings) -> None:
    """Send this process's spans to the collector that the settings name, if they name one.

    Raises:
        SettingsError: it is no address.
    """
    if settings.traces:
        from diktor import collector  # the SDK is for those who asked for it

        collector.begin(part, settings.traces, settings.traces_share)


def end() -> None:
    """Send what is left, for two seconds at most: a collector that is away keeps no process from ending."""
    shutdown = getattr(trace.get_tracer_provider(), "shutdown", None)
    if shutdown is not None:
        last = threading.Thread(target=shutdown, daemon=True)
        last.start()
        last.join(END_S)


def endpoint(address: str) -> str:
    """The whole address for spans, from a collector's.

    Raises:
        SettingsError: it is no address.
    """
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise SettingsError(f"DIKTOR_TRACES is no address: {address!r}", "Write http://host:4318, or leave it empty")
    return address if url.path.endswith(PATH) else address.rstrip("/") + PATH


@contextmanager
def span(name: str, parent: Context | None = None, **attributes: str | int) -> Iterator[Span]:
    """A span around the block, a child of `parent` or else of the current one."""
    with _TRACER.start_as_current_span(
        name, parent, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as opened:
        try:
            yield opened
        except Exception as error:
            opened.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def note(**attributes: str | int) -> None:
    """Say more of the current span."""
    trace.get_current_span().set_attributes(attributes)


def traceparent() -> str | None:
    """The current span as a header's value; None outside of one."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get(TRACEPARENT)


def sampled() -> bool:
    """Whether the current span is one of those that are recorded."""
    return trace.get_current_span().get_span_context().trace_flags.sampled


def parent_of(value: str | bytes | None) -> Context | None:
    """The span that a header speaks of; None when there is no header, or none that can be understood."""
    if not value or len(value) > LONGEST:
        return None
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    return _W3C.extract({TRACEPARENT: text}) or None


def follow(value: bytes | None) -> None:
    """This task goes on in the span of a header; without one that can be understood it stays where it was."""
    if (parent := parent_of(value)) is not None:
        attach(parent)
