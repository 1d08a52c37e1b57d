"""Spans and events as a collector decodes them, in the caller's trace; a collector that is away costs nobody time."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from config.otlp import OtlpSettings
from exporters.otlp import OtlpExporter
from scorer.model import Capture
from tests.fakes.collector import Collector, attributes_of, running_collector
from tests.fakes.evaluations import make_evaluation

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACED = Capture(format="openai_chat", traceparent=f"00-{TRACE}-{SPAN}-01")


@asynccontextmanager
async def exporting(
    collector: Collector, failures: list[str] | None = None, **changes: Any
) -> AsyncIterator[OtlpExporter]:
    """Export until the context ends; what waits is sent then."""
    settings = OtlpSettings.model_validate({"endpoint": collector.url} | changes)
    exporter = OtlpExporter(settings, "1.2.3", [].append if failures is None else failures.append)
    try:
        yield exporter
    finally:
        await exporter.close(30)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as running:
        yield running


async def test_an_evaluation_is_a_span_in_its_callers_trace(collector: Collector) -> None:
    evaluation = make_evaluation(1, capture=TRACED)

    async with exporting(collector, headers={"X-Tenant": "desk"}) as exporter:
        exporter.export(evaluation)

    (span,) = collector.spans
    assert (span.name, span.trace_id.hex(), span.parent_span_id.hex()) == ("endurance.evaluate", TRACE, SPAN)
    assert span.start_time_unix_nano == 1_772_357_460_000_000_000
    assert span.end_time_unix_nano - span.start_time_unix_nano == 1_000_000_000
    told = attributes_of(span.attributes)
    assert told["endurance.session_id"] == evaluation.session_id
    assert told["gen_ai.response.model"] == "demo-1"
    assert told["endurance.not_assessed"] == ["explainability"]
    assert collector.resources[0]["service.name"] == "endurance"
    assert all(headers["x-tenant"] == "desk" for headers in collector.headers)


async def test_every_score_is_an_event_of_the_callers_span(collector: Collector) -> None:
    evaluation = make_evaluation(1, capture=TRACED)

    async with exporting(collector) as exporter:
        exporter.export(evaluation)

    assert len(collector.events) == 9
    assert {event.event_name for event in collector.events} == {"gen_ai.evaluation.result"}
    assert {(event.trace_id.hex(), event.span_id.hex()) for event in collector.events} == {(TRACE, SPAN)}
    values = {
        told["gen_ai.evaluation.name"]: told["gen_ai.evaluation.score.value"]
        for told in (attributes_of(event.attributes) for event in collector.events)
    }
    scores = {name.value: score for name, score in evaluation.dimensions.items() if score is not None}
    assert values == {"overall": evaluation.overall_score} | scores


@pytest.mark.parametrize("traceparent", [None, "nonsense"])
async def test_without_a_callers_trace_the_events_belong_to_the_span(
    collector: Collector, traceparent: str | None
) -> None:
    async with exporting(collector) as exporter:
        exporter.export(make_evaluation(1, capture=Capture(format="evaluate", traceparent=traceparent)))

    (span,) = collector.spans
    assert span.parent_span_id == b""
    assert {(event.trace_id, event.span_id) for event in collector.events} == {(span.trace_id, span.span_id)}


async def test_two_evaluations_of_one_process_are_two_traces(collector: Collector) -> None:
    async with exporting(collector) as exporter:
        for number in range(2):
            exporter.export(make_evaluation(number))

    assert len({span.trace_id for span in collector.spans}) == 2


async def test_a_refusal_is_counted_and_stops_nothing(collector: Collector) -> None:
    collector.status, failures = 400, list[str]()

    async with exporting(collector, failures) as exporter:
        exporter.export(make_evaluation(1))

    assert failures == ["otlp", "otlp"]


async def test_a_collector_that_hangs_keeps_neither_the_exporter_nor_the_stop_waiting(collector: Collector) -> None:
    collector.delay_seconds = 2.0
    exporter = OtlpExporter(OtlpSettings(endpoint=collector.url, timeout_seconds=60), "1", [].append)

    for number in range(100):
        exporter.export(make_evaluation(number))
    await exporter.close(0.01)

    assert collector.spans == []
    for thread in threading.enumerate():  # what was left behind ends by itself
        if "otlp" in thread.name.lower() or "otel" in thread.name.lower():
            await asyncio.to_thread(thread.join, 30)
            assert not thread.is_alive(), thread.name


async def test_beyond_the_queue_what_is_new_is_dropped(collector: Collector) -> None:
    collector.delay_seconds = 0.2
    async with exporting(collector, queue_limit=64) as exporter:
        for number in range(300):
            exporter.export(make_evaluation(number))

    assert 64 <= len(collector.spans) < 300


def test_a_header_prints_as_stars() -> None:
    settings = OtlpSettings(endpoint="http://127.0.0.1:1/", headers={"Authorization": SecretStr("hidden")})

    assert "hidden" not in repr(settings)
    assert settings.endpoint == "http://127.0.0.1:1"
