"""Promises under faults, on real processes: whatever is killed, traffic goes on and nothing acknowledged is lost."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.fakes.mongo_server import behind_gate
from tests.fakes.product import START_SECONDS, Product, running_demo, running_product
from tests.fakes.tcp_gate import TcpGate
from tests.fakes.waiting import until

pytestmark = pytest.mark.system


async def ask(product: Product, query: str) -> str:
    """Ask in the RTI format and return the answer."""
    answer = await product.client.post(f"{product.traffic_url}/chat", json={"message": query})
    assert answer.status_code == 200
    return str(answer.json()["response"])


async def wait_gone(pids: list[int]) -> None:
    """Return when none of the processes is left (a zombie is gone: it holds nothing)."""

    def is_running(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
        except OSError:
            return False

    async def none_left() -> bool:
        return not any(is_running(pid) for pid in pids)

    await until(none_left, f"the end of processes {pids}", 10)


async def test_traffic_goes_on_while_the_engine_is_dead_and_what_it_missed_is_delivered(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as bot, running_product(tmp_path, bot) as product:
        queries = [f"What is the fee? (case {number})" for number in range(12)]
        for query in queries[:4]:
            await ask(product, query)
        (engine,) = product.children()["engine"]

        os.kill(engine, signal.SIGKILL)
        for query in queries[4:]:
            await ask(product, query)

        await product.wait_scored(len(queries))
        assert Counter(row["query"] for row in await product.rows()) == Counter(queries)
        assert product.children()["engine"] != [engine]


async def test_a_killed_proxy_comes_back_on_the_same_port(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as bot, running_product(tmp_path, bot) as product:
        await ask(product, "What is the fee? (before)")
        await product.wait_scored(1)
        (proxy,) = product.children()["proxy"]

        os.kill(proxy, signal.SIGKILL)
        await wait_gone([proxy])
        await ask(product, "What is the fee? (after)")

        await product.wait_scored(2)
        assert len(await product.rows()) == 2


async def test_a_killed_scoring_process_costs_nothing(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as bot, running_product(tmp_path, bot) as product:
        queries = [f"What is the fee? (case {number})" for number in range(10)]
        for query in queries:
            await ask(product, query)
            for pid in product.children()["score"]:
                os.kill(pid, signal.SIGKILL)

        await product.wait_scored(len(queries))
        assert Counter(row["query"] for row in await product.rows()) == Counter(queries)


async def test_the_children_die_with_the_supervisor_and_leave_ports_and_lock_free(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as bot, running_product(tmp_path, bot) as product:
        await ask(product, "What is the fee?")
        await product.wait_scored(1)
        children = [pid for pids in product.children().values() for pid in pids]
        assert len(children) >= 3

        os.kill(product.program.pid, signal.SIGKILL)
        await wait_gone(children)

        await product.program.start()
        await product.wait_ready()
        await product.wait_scored(1)
        assert len(await product.rows()) == 1


async def ask_until_killed(product: Product, received: dict[str, float], numbers: "asyncio.Queue[int]") -> None:
    """Ask one question after another; note when each answer had been received whole."""
    while True:
        query = f"What is the fee? (case {numbers.get_nowait()})"
        try:
            await ask(product, query)
        except (httpx.TransportError, AssertionError):
            return
        received[query] = time.monotonic()


async def test_nothing_received_a_second_before_a_kill_of_everything_is_lost_or_doubled(tmp_path: Path) -> None:
    rng = random.Random(7)
    received: dict[str, float] = {}
    kills: list[tuple[float, float]] = []
    numbers: asyncio.Queue[int] = asyncio.Queue()
    for number in range(1_000_000):
        numbers.put_nowait(number)
    async with running_demo(tmp_path) as bot, running_product(tmp_path, bot) as product:
        for _ in range(3):
            async with asyncio.TaskGroup() as group:
                for _ in range(4):
                    group.create_task(ask_until_killed(product, received, numbers))
                await asyncio.sleep(rng.uniform(1.2, 2.0))  # the moment of the kill, not a wait for something
                began_at = time.monotonic()
                await product.program.kill()
            kills.append((began_at, time.monotonic()))
            await product.program.start()
            await product.wait_ready()

        safe = {query for query, at in received.items() if not any(began - 1 <= at <= ended for began, ended in kills)}
        await product.wait_scored(len(safe))
        stored = Counter(row["query"] for row in await product.rows())

        assert safe - stored.keys() == set()
        assert [query for query, count in stored.items() if count > 1] == []
        stats = (await product.client.get(f"{product.admin_url}/v1/services/default/stats")).json()
        assert stats["total_sessions"] == stored.total()


async def test_sigterm_lets_an_open_stream_finish(tmp_path: Path) -> None:
    body = {"stream": True, "messages": [{"role": "user", "content": "Which information is exempt under section 8?"}]}
    async with running_demo(tmp_path) as bot, running_product(tmp_path, bot) as product:
        url = f"{product.traffic_url}/v1/chat/completions"
        async with product.client.stream("POST", url, json=body) as answer:
            lines = answer.aiter_lines()
            await anext(lines)
            os.kill(product.program.pid, signal.SIGTERM)
            rest = [line async for line in lines]

        assert "data: [DONE]" in rest
        assert product.program.process is not None
        async with asyncio.timeout(START_SECONDS):
            assert await product.program.process.wait() == 0

        await product.program.start()
        await product.wait_ready()
        await product.wait_scored(1)
        (row,) = await product.rows()
        assert (await product.session(row["session_id"]))["capture"]["end"] == "complete"


async def test_an_upstream_that_is_down_is_a_502_with_a_body_and_the_proxy_stays_ready(tmp_path: Path) -> None:
    async with running_product(tmp_path, "http://127.0.0.1:9") as product:
        answer = await product.client.post(f"{product.traffic_url}/chat", json={"message": "hello"})

        assert answer.status_code == 502
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
        assert (await product.client.get(f"{product.probe_url}/ready")).status_code == 200


@pytest.mark.mongo
async def test_while_mongodb_is_away_work_waits_in_the_queue_and_drains_when_it_is_back(
    tmp_path: Path, mongo_url: str
) -> None:
    url = urlsplit(mongo_url)
    queries = [f"What is the fee? (case {number})" for number in range(8)]
    async with TcpGate(url.port or 27017, url.hostname or "127.0.0.1") as gate:
        store = behind_gate(mongo_url, gate.port)
        async with running_demo(tmp_path) as bot, running_product(tmp_path, bot, "--store", store) as product:
            for query in queries[:3]:
                await ask(product, query)
            await product.wait_scored(3)

            await gate.shut()
            for query in queries[3:]:
                await ask(product, query)

            async def says_so() -> bool:
                summary = await product.summary()
                return summary["connected"] is False and summary["queue"]["depth"] == 5

            await until(says_so, "the summary to say that the store is away", 30)
            assert "endurance_store_up 0.0" in await product.metrics()
            assert (await product.client.get(f"{product.admin_url}/ready")).status_code == 200
            assert (await product.client.get(f"{product.admin_url}/health")).json()["status"] == "degraded"

            await gate.open()
            await product.wait_scored(len(queries))
            assert Counter(row["query"] for row in await product.rows()) == Counter(queries)


@pytest.mark.mongo
async def test_the_product_starts_while_mongodb_is_away(tmp_path: Path, mongo_url: str) -> None:
    url = urlsplit(mongo_url)
    async with TcpGate(url.port or 27017, url.hostname or "127.0.0.1") as gate:
        store = behind_gate(mongo_url, gate.port)
        await gate.shut()
        async with running_demo(tmp_path) as bot, running_product(tmp_path, bot, "--store", store) as product:
            await ask(product, "What is the fee?")

            await gate.open()
            await product.wait_scored(1)
            assert len(await product.rows()) == 1
