"""A network that breaks off or falls silent between a worker and NATS, or MongoDB: each exchange is scored once."""

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fakes.fault_proxy import NONE, Ending, FaultProxy, Faults
from tests.fakes.installation import Installation, running_installation
from tests.fakes.mongo_server import behind_gate
from tests.fakes.nats_server import NatsServer, require_nats
from tests.fakes.product import SCORED_SECONDS, running_demo
from tests.fakes.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.mongo]
ENDINGS = (Ending.RESET, Ending.SILENCE)
BUS_BYTES = 15_000
"""Of jobs, a dozen."""
STORE_BYTES = 60_000
"""Of evaluations, two or three."""
ASKED = 30


async def ask(installation: Installation, first: int, count: int) -> list[str]:
    """Ask one after another; return the queries, each answered whole."""
    queries = [f"What is the fee for an application? (case {number:04})" for number in range(first, first + count)]
    for query in queries:
        url = f"{installation.proxies[0].traffic_url}/chat"
        assert (await installation.client.post(url, json={"message": query})).status_code == 200
    return queries


async def ask_a_new_worker(installation: Installation, proxy: FaultProxy, queries: list[str]) -> None:
    """Start the worker anew, ask enough, and return when a connection through the proxy has met its fault."""
    proxy.passages.clear()
    await installation.workers[0].kill_and_start(installation.client)
    queries += await ask(installation, len(queries), ASKED)
    await until(
        lambda: any(passage.is_struck.is_set() for passage in proxy.passages), "the fault to strike", SCORED_SECONDS
    )


async def check_all_scored_once(installation: Installation, queries: list[str]) -> None:
    async def are_scored() -> bool:
        return await installation.total() == len(queries)

    await until(are_scored, f"{len(queries)} sessions; {installation.logs()[-6000:]}", SCORED_SECONDS)
    rows = await installation.rows(installation.apis[0])
    assert Counter(row["query"] for row in rows) == Counter(queries)


def redirect(installation: Installation, old: str, new: str) -> None:
    """Have the only worker, at its next start, reach a server by another address."""
    program = installation.workers[0].program
    assert old in program.arguments
    program.arguments = tuple(new if argument == old else argument for argument in program.arguments)


async def test_between_a_worker_and_nats(tmp_path: Path, mongo_url: str) -> None:
    require_nats()
    nats, queries = NatsServer(tmp_path / "nats"), []
    async with (
        FaultProxy(nats.port) as between,
        running_demo(tmp_path) as bot,
        running_installation(tmp_path, [nats], bot, mongo_url, workers=1) as installation,
    ):
        redirect(installation, nats.url, between.url.replace("http://", "nats://"))
        for ending in ENDINGS:
            between.down = Faults(ending=ending, after_bytes=BUS_BYTES)
            await ask_a_new_worker(installation, between, queries)
        between.down = NONE

        await check_all_scored_once(installation, queries)


async def test_between_a_worker_and_mongodb(tmp_path: Path, mongo_url: str) -> None:
    require_nats()
    nats, queries = NatsServer(tmp_path / "nats"), []
    async with (
        FaultProxy(urlsplit(mongo_url).port or 27017) as between,
        running_demo(tmp_path) as bot,
        running_installation(tmp_path, [nats], bot, mongo_url, workers=1) as installation,
    ):
        redirect(installation, mongo_url, behind_gate(mongo_url, between.port))
        for ending in ENDINGS:
            between.up = Faults(ending=ending, after_bytes=STORE_BYTES)
            await ask_a_new_worker(installation, between, queries)
        between.up = NONE

        await check_all_scored_once(installation, queries)
