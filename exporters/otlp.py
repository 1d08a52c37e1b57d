"""OpenTelemetry: each evaluation as a span in its caller's trace, its scores as events (OTLP over HTTP).

The only module that knows the SDK, which is an extra: it is imported where `otlp.endpoint` is set. The SDK's own
threads send; their queues are bounded, and what finds no room is dropped, since the record keeps it anyway. Nothing is
told a second time: this is telemetry, and `exporters/webhook/` is what promises delivery.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context

from config.logging import get_logger
from config.otlp import OtlpSettings
from exporters.otlp_records import EVENT_NAME, SPAN_NAME, score_events, span_attributes
from scorer.model import Evaluation
from scorer.trace import TraceContext, read_traceparent

EVENTS_PER_SPAN: Final = 10
"""The overall score and nine dimensions."""
PAUSE_MS: Final = 1000.0
"""Longest wait of a span or event for company."""
BATCH: Final = 512
CLOSE_SECONDS: Final = 1.0
"""At the stop; the supervisor allows three seconds for everything."""
_SCOPE: Final = "endurance"


class OtlpExporter:
    """An `exporters.fanout.Exporter`; `close` it at the end."""

    name = "otlp"

    def __init__(self, settings: OtlpSettings, version: str, count_failure: Callable[[str], None]) -> None:
        """`count_failure` is told this exporter's name, from another thread, for each batch that was not taken."""
        headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
        resource = Resource.create({"service.name": "endurance", "service.version": version})
        outcome = _Outcome(count_failure)
        self._with_explanations = settings.explanations
        self._log = get_logger("exporters.otlp")
        spans = OTLPSpanExporter(f"{settings.endpoint}/v1/traces", headers=headers, timeout=settings.timeout_seconds)
        logs = OTLPLogExporter(f"{settings.endpoint}/v1/logs", headers=headers, timeout=settings.timeout_seconds)
        # The SDK would log every attempt; the first failure and the return are what an operator needs.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._tracing = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        self._tracing.add_span_processor(
            BatchSpanProcessor(
                _WatchedSpans(spans, outcome), settings.queue_limit, PAUSE_MS, min(BATCH, settings.queue_limit)
            )
        )
        self._logging = LoggerProvider(resource=resource, shutdown_on_exit=False)
        self._logging.add_log_record_processor(
            BatchLogRecordProcessor(
                _WatchedLogs(logs, outcome),
                schedule_delay_millis=PAUSE_MS,
                max_export_batch_size=min(BATCH, settings.queue_limit),
                max_queue_size=settings.queue_limit * EVENTS_PER_SPAN,
            )
        )
        self._tracer = self._tracing.get_tracer(_SCOPE, version)
        self._logger = self._logging.get_logger(_SCOPE, version)

    def export(self, evaluation: Evaluation) -> None:
        """Put the evaluation's span and events into the SDK's queues; microseconds, no I/O."""
        caller = read_traceparent(evaluation.capture.traceparent or "")
        span = self._tracer.start_span(
            SPAN_NAME,
            context=Context() if caller is None else _context_of(caller),
            kind=SpanKind.INTERNAL,
            attributes=span_attributes(evaluation),
            start_time=_nanoseconds(evaluation.timestamp),
        )
        span.end(max(_nanoseconds(evaluation.timestamp), _nanoseconds(evaluation.scored_at)))
        # By the conventions an event belongs to the operation that it judges: the caller's span, where we know it.
        own = span.get_span_context()
        place = TraceContext(own.trace_id, own.span_id, int(own.trace_flags)) if caller is None else caller
        for event in score_events(evaluation, with_explanations=self._with_explanations):
            self._logger.emit(
                LogRecord(
                    timestamp=_nanoseconds(evaluation.scored_at),
                    context=_context_of(place),
                    severity_number=SeverityNumber.INFO,
                    event_name=EVENT_NAME,
                    attributes=event.attributes,
                )
            )

    async def close(self, limit_seconds: float = CLOSE_SECONDS) -> None:
        """Send what waits and end the SDK's threads; what takes longer than the limit is lost."""
        loop, is_done = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._tracing.shutdown()
            self._logging.shutdown()
            with contextlib.suppress(RuntimeError):  # the loop may have ended without us
                loop.call_soon_threadsafe(is_done.set)

        # A thread that nobody joins: a collector that hangs must not hold the process back.
        threading.Thread(target=shut_down, name="otlp-close", daemon=True).start()
        try:
            async with asyncio.timeout(limit_seconds):
                await is_done.wait()
        except TimeoutError:
            self._log.warning("the collector took too long at the stop, the last spans and events are lost")


class _Outcome:
    """Counts batches that the collector did not take, and logs when that begins and ends."""

    def __init__(self, count_failure: Callable[[str], None]) -> None:
        self._count_failure = count_failure
        self._is_failing = False
        self._log = get_logger("exporters.otlp")

    def note(self, *, is_taken: bool) -> None:
        """One batch was taken or lost."""
        if not is_taken:
            self._count_failure(OtlpExporter.name)
        if is_taken == self._is_failing:
            self._is_failing = not is_taken
            if is_taken:
                self._log.info("the collector takes spans and events again")
            else:
                self._log.error("the collector takes no spans or events, they are lost", setting="otlp.endpoint")


class _WatchedSpans(SpanExporter):
    def __init__(self, inner: OTLPSpanExporter, outcome: _Outcome) -> None:
        self._inner = inner
        self._outcome = outcome

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._inner.export(spans)
        self._outcome.note(is_taken=result is SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()  # type: ignore[no-untyped-call] # the SDK leaves its annotations out here

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


class _WatchedLogs(LogRecordExporter):
    def __init__(self, inner: OTLPLogExporter, outcome: _Outcome) -> None:
        self._inner = inner
        self._outcome = outcome

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        result = self._inner.export(batch)
        self._outcome.note(is_taken=result is LogRecordExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()  # type: ignore[no-untyped-call] # as above

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return self._inner.force_flush(int(timeout_millis))


def _context_of(place: TraceContext) -> Context:
    span = SpanContext(place.trace_id, place.span_id, is_remote=True, trace_flags=TraceFlags(place.flags))
    return set_span_in_context(NonRecordingSpan(span), Context())


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000
