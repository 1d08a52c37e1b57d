"""A long run on a cluster: every part is killed at random, a network is cut, and the sums are exact."""

import asyncio
import os
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pymongo
import pytest

from tests.fakes.installation import Installation, Listener, RolePart, running_installation
from tests.fakes.nats_server import NatsServer, make_cluster, require_nats
from tests.fakes.product import Program, running_demo
from tests.fakes.tcp_gate import TcpGate
from tests.fakes.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.mongo, pytest.mark.campaign]
EXCHANGES = int(os.environ.get("ENDURANCE_CAMPAIGN_EXCHANGES", "5000"))
SETTLED_SECONDS = 1.0
"""What a client had received for so long before a proxy's kill is durable; the newest moments are not promised."""
FINISH_SECONDS = 3600.0
"""A bound on waiting: the stand-in for MongoDB takes over 0.1 s of CPU for each session once there are thousands."""


@dataclass
class Asked:
    """What clients saw."""

    answered: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    """By query: through which proxy, when it was asked, and when we knew that the answer was whole.

    It may have been whole long before: a killed proxy's last bytes lie in our socket until we get to them.
    """
    failed: set[str] = field(default_factory=set)
    killed_at: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By proxy."""

    def promised(self) -> set[str]:
        """Return the queries whose scoring is promised."""
        return {
            query
            for query, (proxy, asked_at, at) in self.answered.items()
            if not any(asked_at <= kill < at + SETTLED_SECONDS for kill in self.killed_at[proxy])
        }

    def around(self, query: str) -> list[tuple[float, float]]:
        """Return the seconds from its asking, and from its answer, to each kill of its proxy."""
        proxy, asked_at, at = self.answered[query]
        return [(round(kill - asked_at, 2), round(kill - at, 2)) for kill in self.killed_at[proxy]]


async def ask_all(installation: Installation, asked: Asked, finished: asyncio.Event) -> None:
    numbers = iter(range(EXCHANGES))

    async def work() -> None:
        for number in numbers:
            proxy = number % len(installation.proxies)
            url = f"{installation.proxies[proxy].traffic_url}/chat"
            for attempt in range(100):
                query = f"What is the fee for an application? (case {number:05}, try {attempt})"
                asked_at = time.monotonic()
                try:
                    answer = await installation.client.post(url, json={"message": query}, timeout=20)
                except httpx.TransportError:
                    asked.failed.add(query)
                    await asyncio.sleep(0.2)
                    continue
                assert answer.status_code == 200
                asked.answered[query] = (proxy, asked_at, time.monotonic())
                break

    async with asyncio.TaskGroup() as group:
        for _ in range(12):
            group.create_task(work())
    finished.set()


async def kill_at_random(
    installation: Installation, asked: Asked, gate: TcpGate, rng: random.Random, finished: asyncio.Event
) -> Counter[str]:
    """Kill one thing after another until the asking has finished, each kind at least once."""
    killed: Counter[str] = Counter()
    kinds = ["proxy", "worker", "api", "nats", "cut"]
    while not finished.is_set() or any(not killed[kind] for kind in kinds):
        await asyncio.sleep(rng.uniform(0.5, 3.0))
        kind = next((kind for kind in kinds if not killed[kind]), rng.choice(kinds))
        killed[kind] += 1
        match kind:
            case "proxy":
                index = rng.randrange(len(installation.proxies))
                asked.killed_at[index].append(time.monotonic())
                await installation.proxies[index].kill_and_start(installation.client)
            case "worker":
                await rng.choice(installation.workers).kill_and_start(installation.client)
            case "api":
                await rng.choice(installation.apis).kill_and_start(installation.client)
            case "nats":
                server = installation.nats[rng.randrange(len(installation.nats))]
                await asyncio.to_thread(restart, server, rng.uniform(0.2, 2.0))
            case _:
                await gate.shut()
                await asyncio.sleep(rng.uniform(0.5, 5.0))
                await gate.open()
    return killed


def restart(server: NatsServer, pause_seconds: float) -> None:
    server.stop()
    time.sleep(pause_seconds)
    server.start()
    server.wait_healthy()


def send_through_gate(worker: RolePart, store: str, gate: TcpGate) -> None:
    """Give one worker, not started yet, the store behind the gate; a cut is told by the network, not by a limit."""
    gated = urlsplit(store)._replace(netloc=f"127.0.0.1:{gate.port}").geturl()
    arguments = [gated if argument == store else argument for argument in worker.program.arguments]
    worker.program.arguments = tuple(arguments)


async def test_sums_ids_and_feeds_are_exact_whatever_was_killed(tmp_path: Path, mongo_url: str) -> None:
    require_nats()
    rng = random.Random(9)
    asked, finished = Asked(), asyncio.Event()
    nats = make_cluster(tmp_path, 3)
    async with (
        TcpGate(urlsplit(mongo_url).port or 27017) as gate,
        running_demo(tmp_path) as bot,
        running_installation(tmp_path, nats, bot, mongo_url, proxies=3, workers=4, apis=2) as installation,
    ):
        send_through_gate(installation.workers[0], mongo_url, gate)
        await installation.workers[0].kill_and_start(installation.client)
        listeners = [Listener(api.admin_url) for api in installation.apis]
        async with asyncio.TaskGroup() as group:
            listening = [group.create_task(listener.run(installation.client)) for listener in listeners]
            for listener in listeners:
                await asyncio.wait_for(listener.ready.wait(), 60)
            asking = group.create_task(ask_all(installation, asked, finished))
            killed = await kill_at_random(installation, asked, gate, rng, finished)
            await asking
            rows = await settled_rows(installation, asked, mongo_url)
            await until(lambda: have_told(listeners, len(rows)), "both feeds to tell all of them", 120)
            for task in listening:
                task.cancel()

        queries = Counter(row["query"] for row in rows)
        assert [query for query, count in queries.items() if count > 1] == []
        assert {query: asked.around(query) for query in asked.promised() - set(queries)} == {}
        assert set(queries) <= set(asked.answered) | asked.failed
        for listener in listeners:
            assert Counter(listener.told) == Counter(row["session_id"] for row in rows)
        await check_aggregates(tmp_path, mongo_url, len(rows))
        print(f"{len(rows)} sessions, killed {dict(killed)}, {len(asked.failed)} requests failed")


async def settled_rows(installation: Installation, asked: Asked, store: str) -> list[dict[str, str]]:
    """Return the rows once all that is promised is scored and nothing waits anywhere."""

    async def is_settled() -> bool:
        waiting = [await proxy.metric(installation.client, "endurance_spool_jobs") for proxy in installation.proxies]
        total = await installation.total()
        return waiting == [0.0] * len(waiting) and total is not None and total >= len(asked.promised())

    await until(is_settled, f"all to be scored; {installation.logs()[-6000:]}", FINISH_SECONDS)
    await until(lambda: are_logs_empty(store), "every aggregate to be moved", FINISH_SECONDS)
    # From the store itself: the stand-in for MongoDB serves no sorted page of thousands in time.
    with pymongo.MongoClient(store) as client:
        found = client.get_default_database()["sessions"].find({}, {"session_id": 1, "row.query": 1})
        return [{"session_id": one["session_id"], "query": one["row"]["query"]} for one in found]


async def are_logs_empty(store: str) -> bool:
    """Say whether no save waits for its aggregates: one that was cut off is finished a minute later at most."""
    with pymongo.MongoClient(store) as client:
        sessions = client.get_default_database()["sessions"]
        return await asyncio.to_thread(sessions.count_documents, {"log.0": {"$exists": True}}, limit=1) == 0


async def have_told(listeners: list[Listener], count: int) -> bool:
    return all(len(listener.told) >= count for listener in listeners)


async def check_aggregates(folder: Path, store: str, count: int) -> None:
    arguments = ("check-store", "--store", store, "--data-dir", str(folder / "checker"))
    program = Program(arguments, folder / "check.log")
    await program.start()
    assert program.process is not None
    assert await asyncio.wait_for(program.process.wait(), FINISH_SECONDS) == 0, program.log()
    assert f"{count} sessions counted, 0 differences" in program.log()
