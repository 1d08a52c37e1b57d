"""Webhooks of the real product: every evaluation reaches its receiver, also when everything is killed on the way."""

import json
from pathlib import Path

import pytest

from tests.fakes.product import Product, clean_environment, running_product
from tests.fakes.receiver import SECRET, Receiver, running_receiver
from tests.fakes.waiting import until

pytestmark = pytest.mark.system
HALF = 10


def environment(receiver: Receiver) -> dict[str, str]:
    hook = {"id": "desk", "url": receiver.url, "secret": SECRET, "allow_private": True, "events": ["evaluation.saved"]}
    return clean_environment() | {"ENDURANCE_WEBHOOKS": json.dumps([hook])}


async def push(product: Product, numbers: range) -> None:
    for number in numbers:
        body = {"query": "What does it cost?", "response": "Ten rupees.", "session_id": f"case-{number}"}
        answer = await product.client.post(f"{product.admin_url}/v1/evaluate", json=body)
        assert answer.status_code == 200, answer.text


def told(receiver: Receiver) -> set[str]:
    return {message["data"]["session_id"] for message in receiver.messages}


async def test_every_evaluation_is_told_though_everything_was_killed(tmp_path: Path) -> None:
    async with running_receiver() as receiver:
        receiver.always = 503
        async with running_product(tmp_path, None, environment=environment(receiver)) as product:
            await push(product, range(HALF))

            async def was_tried() -> bool:
                return bool(receiver.attempts)

            await until(was_tried, "a first attempt", 60)
            await product.program.kill()
        receiver.always = None
        async with running_product(tmp_path, None, environment=environment(receiver)) as product:
            await push(product, range(HALF, 2 * HALF))

            async def is_told() -> bool:
                return told(receiver) == {f"case-{number}" for number in range(2 * HALF)}

            await until(is_told, f"all messages; log:\n{product.program.log()[-3000:]}", 120)
            metrics = await product.metrics()
            assert await product.program.stop() == 0

    assert 'endurance_webhook_deliveries_total{outcome="delivered",webhook="desk"}' in metrics
