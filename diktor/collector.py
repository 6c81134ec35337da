"""Spans to a collector over OTLP/HTTP, in the background: bounded, and quiet when the collector is away.

At most `WAITING` spans wait (some megabytes); what is older is dropped. A thread sends them once a second, `TIMEOUT_S`
at most for a batch; nobody waits for it. That spans are lost is logged once, and once when they arrive again.
"""

import atexit
import logging
from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from diktor import traces

WAITING, BATCH, EVERY_MS, TIMEOUT_S = 2048, 512, 1000, 2.0

log = logging.getLogger(__name__)


def begin(part: str, address: str, share: float) -> None:
    """Every span of this process goes to the collector; of calls whose trace begins here, this share.

    Raises:
        SettingsError: it is no address.
    """
    exporter = _Exporter(traces.endpoint(address), timeout=TIMEOUT_S)
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(share)),
        resource=Resource.create({SERVICE_NAME: f"diktor-{part}"}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(exporter, WAITING, EVERY_MS, BATCH))
    trace.set_tracer_provider(provider)
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # a line a second while the collector is away
    atexit.register(traces.end)


class _Exporter(OTLPSpanExporter):
    """Says when the collector goes away and when it is back, and nothing in between."""

    _away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        away = result is not SpanExportResult.SUCCESS
        if away != self._away:
            self._away = away
            log.warning("the collector takes no traces: they are lost" if away else "the collector takes traces again")
        return result
