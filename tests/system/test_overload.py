"""More than can be scored or sent: no answer is harmed, the spool is bounded, what is lost is counted, all recovers."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.fakes.installation import Installation, running_installation
from tests.fakes.nats_server import NatsServer, require_nats, running
from tests.fakes.product import SCORED_SECONDS, running_demo
from tests.fakes.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.mongo]
SPOOL_BYTES = 20_000
SMALL = {
    "ENDURANCE_SPOOL_LIMIT_BYTES": str(SPOOL_BYTES),
    "ENDURANCE_PROXY_UNACKNOWLEDGED_LIMIT_BYTES": str(SPOOL_BYTES),
}
SENT = 150
DROPPED = 'endurance_capture_total{outcome="dropped"}'
OVERLOAD_SECONDS = 120.0
DRAIN_SECONDS = 1800.0
"""A bound on waiting: what came at three times the capacity takes twice its time to drain, and longer where the rest of
the machine is busy."""


@pytest.fixture(autouse=True)
def _needs_nats() -> None:
    require_nats()


async def ask(installation: Installation, number: int) -> float:
    """Ask once; return the seconds until the answer was whole."""
    (proxy,) = installation.proxies
    started_at = time.perf_counter()
    query = {"message": f"What is the fee for an application? (case {number:06})"}
    answer = await installation.client.post(f"{proxy.traffic_url}/chat", json=query)
    assert answer.status_code == 200
    return time.perf_counter() - started_at


async def wait_accounted(installation: Installation, sent: int, seconds: float = SCORED_SECONDS) -> float:
    """Return how many were dropped, once every exchange is either stored or counted as dropped."""
    (proxy,), seen = installation.proxies, [0.0]

    async def is_accounted() -> bool:
        total, dropped = await installation.total(), await proxy.metric(installation.client, DROPPED)
        seen[0] = dropped or 0.0
        return total is not None and total + seen[0] == sent

    await until(is_accounted, f"{sent} to be accounted for; {installation.logs()[-3000:]}", seconds)
    return seen[0]


async def test_a_full_spool_costs_copies_that_are_counted_and_never_an_answer(tmp_path: Path, mongo_url: str) -> None:
    nats = NatsServer(tmp_path / "nats")
    async with (
        running_demo(tmp_path) as bot,
        running_installation(
            tmp_path, [nats], bot, mongo_url, workers=1, is_nats_there=False, environment=SMALL
        ) as installation,
    ):
        (proxy,) = installation.proxies
        for number in range(SENT):
            await ask(installation, number)

        async def is_dropping() -> bool:
            return (await proxy.metric(installation.client, DROPPED) or 0) > 0

        await until(is_dropping, "copies to be dropped", 30)
        size_bytes = await proxy.metric(installation.client, "endurance_spool_bytes")
        with running(nats):
            dropped = await wait_accounted(installation, SENT)
            await ask(installation, SENT)
            after = await wait_accounted(installation, SENT + 1)

    assert size_bytes is not None
    assert size_bytes <= SPOOL_BYTES
    assert 0 < dropped < SENT
    assert after == dropped


@pytest.mark.campaign
async def test_three_times_the_capacity_for_two_minutes_harms_no_answer(tmp_path: Path, mongo_url: str) -> None:
    nats = NatsServer(tmp_path / "nats")
    async with (
        running_demo(tmp_path) as bot,
        running_installation(tmp_path, [nats], bot, mongo_url, workers=1, environment=SMALL) as installation,
    ):
        started_at = time.perf_counter()
        for number in range(30):
            await ask(installation, number)
        await wait_accounted(installation, 30)
        interval_seconds = (time.perf_counter() - started_at) / 30 / 3
        count = int(OVERLOAD_SECONDS / interval_seconds)

        async with asyncio.TaskGroup() as group:
            asks = []
            for number in range(count):
                asks.append(group.create_task(ask(installation, 30 + number)))
                await asyncio.sleep(interval_seconds)
        await wait_accounted(installation, 30 + count, DRAIN_SECONDS)

    assert max(one.result() for one in asks) < 30
