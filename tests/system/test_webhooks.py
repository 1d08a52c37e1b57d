"""Webhooks of the real product: every evaluation reaches its receiver, also when everything is killed on the way.

With several replicas it does so once, whichever of them tells.
"""

import json
from pathlib import Path

import pytest

from tests.fakes.installation import Installation, RolePart, running_installation
from tests.fakes.nats_server import NatsServer, require_nats
from tests.fakes.product import Product, clean_environment, running_demo, running_product
from tests.fakes.receiver import SECRET, Receiver, running_receiver
from tests.fakes.waiting import until

pytestmark = pytest.mark.system
HALF = 10


def hooks(receiver: Receiver) -> dict[str, str]:
    hook = {"id": "desk", "url": receiver.url, "secret": SECRET, "allow_private": True, "events": ["evaluation.saved"]}
    return {"ENDURANCE_WEBHOOKS": json.dumps([hook])}


def environment(receiver: Receiver) -> dict[str, str]:
    return clean_environment() | hooks(receiver)


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


async def ask(installation: Installation, numbers: range) -> None:
    for number in numbers:
        url = f"{installation.proxies[0].traffic_url}/chat"
        answer = await installation.client.post(url, json={"message": f"What is the fee? (case {number})"})
        assert answer.status_code == 200


async def tellers(installation: Installation) -> list[RolePart]:
    """Return the processes that delivered something."""
    name = 'endurance_webhook_deliveries_total{outcome="delivered",webhook="desk"}'
    parts = (*installation.apis, *installation.workers)
    return [part for part in parts if await part.metric(installation.client, name)]


@pytest.mark.mongo
async def test_of_several_replicas_one_tells_each_evaluation_and_another_goes_on_when_it_is_killed(
    tmp_path: Path, mongo_url: str
) -> None:
    require_nats()
    async with (
        running_receiver() as receiver,
        running_demo(tmp_path) as bot,
        running_installation(
            tmp_path, [NatsServer(tmp_path / "nats")], bot, mongo_url, workers=2, apis=2, environment=hooks(receiver)
        ) as installation,
    ):
        await ask(installation, range(HALF))
        await until(lambda: len(told(receiver)) == HALF, f"all to be told; {installation.logs()}", 120)
        attempts = dict(receiver.attempts)
        (teller,) = await tellers(installation)

        await ask(installation, range(HALF, 2 * HALF))
        await teller.kill_and_start(installation.client)
        await ask(installation, range(2 * HALF, 3 * HALF))
        await until(lambda: len(told(receiver)) == 3 * HALF, f"all to be told; {installation.logs()}", 120)
        rows = await installation.rows(installation.apis[0])

    assert set(attempts.values()) == {1}
    assert told(receiver) == {row["session_id"] for row in rows}
