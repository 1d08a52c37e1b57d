"""OpenTelemetry of the real product: the evaluation of a proxied answer stands in the trace of who asked."""

import uuid
from pathlib import Path

import pytest

from tests.fakes.collector import Collector, attributes_of, running_collector
from tests.fakes.product import Product, clean_environment, running_demo, running_product
from tests.fakes.waiting import until

pytestmark = pytest.mark.system
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


async def ask(product: Product, **headers: str) -> None:
    question = {"message": "What application fee do central public authorities take?"}
    answer = await product.client.post(f"{product.traffic_url}/chat", json=question, headers=headers)
    assert answer.status_code == 200


def spans(collector: Collector) -> dict[str, tuple[str, str]]:
    """Return trace and parent by session id."""
    return {
        attributes_of(span.attributes)["endurance.session_id"]: (span.trace_id.hex(), span.parent_span_id.hex())
        for span in collector.spans
    }


async def test_an_evaluation_joins_the_callers_trace_or_the_one_the_proxy_began(tmp_path: Path) -> None:
    with running_collector() as collector:
        environment = clean_environment() | {"ENDURANCE_OTLP_ENDPOINT": collector.url}
        async with (
            running_demo(tmp_path) as bot,
            running_product(tmp_path, bot, environment=environment) as product,
        ):
            await ask(product, traceparent=f"00-{TRACE}-{SPAN}-01")
            await ask(product)

            async def is_told() -> bool:
                return len(spans(collector)) == 2 and len(collector.events) >= 4

            await until(is_told, f"two spans; log:\n{product.program.log()[-3000:]}", 120)
            assert await product.program.stop() == 0

    begun = {id_: uuid.UUID(id_).hex for id_ in spans(collector)}
    joined = [id_ for id_, place in spans(collector).items() if place == (TRACE, SPAN)]
    own = [id_ for id_, place in spans(collector).items() if place == (begun[id_], begun[id_][16:])]
    assert (len(joined), len(own)) == (1, 1)
    assert {event.trace_id.hex() for event in collector.events} == {TRACE, begun[own[0]]}
