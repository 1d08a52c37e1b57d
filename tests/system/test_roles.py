"""The roles apart, on a real nats-server and a shared store: what the spool took is scored once, whoever is killed."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.installation import Installation, Listener, running_installation
from tests.fakes.nats_server import NatsServer, require_nats
from tests.fakes.product import SCORED_SECONDS, running_demo
from tests.fakes.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.mongo]
WAVE = 70


async def ask_many(installation: Installation, first: int, count: int) -> list[str]:
    """Ask through the proxies in turn; return the queries, each answered whole."""
    gate = asyncio.Semaphore(8)

    async def ask(number: int) -> str:
        query = f"What is the fee for an application? (case {number:04})"
        proxy = installation.proxies[number % len(installation.proxies)]
        async with gate:
            answer = await installation.client.post(f"{proxy.traffic_url}/chat", json={"message": query})
        assert answer.status_code == 200
        return query

    return await asyncio.gather(*(ask(number) for number in range(first, first + count)))


async def wait_total(installation: Installation, count: int) -> None:
    async def done() -> bool:
        return await installation.total() == count

    await until(done, f"{count} sessions; {await installation.total()} so far", SCORED_SECONDS)


@contextlib.asynccontextmanager
async def listening(installation: Installation) -> AsyncIterator[list[Listener]]:
    listeners = [Listener(api.admin_url) for api in installation.apis]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(listener.run(installation.client)) for listener in listeners]
        for listener in listeners:
            await asyncio.wait_for(listener.ready.wait(), 60)
        yield listeners
        for task in tasks:
            task.cancel()


async def test_every_exchange_is_scored_once_and_told_once_while_each_part_is_killed(
    tmp_path: Path, mongo_url: str
) -> None:
    require_nats()
    nats = NatsServer(tmp_path / "nats")
    async with (
        running_demo(tmp_path) as bot,
        running_installation(tmp_path, [nats], bot, mongo_url) as installation,
        listening(installation) as (listener,),
    ):
        client = installation.client
        (proxy,), (one, two), (api,) = installation.proxies, installation.workers, installation.apis

        asking = asyncio.ensure_future(ask_many(installation, 0, WAVE))
        await one.kill_and_start(client)
        queries = await asking

        nats.stop()
        queries += await ask_many(installation, WAVE, WAVE)

        async def is_spooled() -> bool:
            return (await proxy.metric(client, "endurance_spool_jobs") or 0) >= WAVE

        await until(is_spooled, f"{WAVE} copies in the spool", 30)
        await proxy.kill_and_start(client)
        nats.start()

        asking = asyncio.ensure_future(ask_many(installation, 2 * WAVE, WAVE))
        await asyncio.gather(api.kill_and_start(client), two.kill_and_start(client))
        queries += await asking

        await wait_total(installation, 3 * WAVE)
        rows = await installation.rows(api)
        assert Counter(row["query"] for row in rows) == Counter(queries)
        stats = (await client.get(f"{api.admin_url}/v1/services/default/stats")).json()
        assert stats["total_sessions"] == 3 * WAVE
        await until(lambda: has_told(listener, len(rows)), "the feed to tell all of them", 30)
        assert Counter(listener.told) == Counter(row["session_id"] for row in rows)


async def has_told(listener: Listener, count: int) -> bool:
    return len(listener.told) >= count
