"""The proxy process as a whole: start, probes, admin prefix, stop."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys

import httpx
import pytest

from scorer.wire import End
from tests.fakes.upstream import Visit, answer, answering
from tests.fakes.waiting import until
from tests.proxy.conftest import House

GET = b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n"


async def test_probes_answer_without_upstream_and_engine(house: House) -> None:
    proxy = await house.proxy("http://127.0.0.1:1")

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{proxy.probe_port}", trust_env=False) as client:
        health = await client.get("/health")
        ready = await client.get("/ready")

    assert (health.status_code, health.json()) == (200, {"status": "healthy"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_stop_lets_open_exchanges_finish_and_is_not_ready_meanwhile(house: House) -> None:
    may_finish = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
        await may_finish.wait()
        await visit.send(b"later")
        await visit.until_closed()

    engine = await house.engine()
    proxy = await house.proxy(await house.upstream(script), engine=engine)
    busy, idle = await house.client(proxy), await house.client(proxy)
    await busy.send(GET)
    await busy.read_until(b"first")

    proxy.asked_to_stop.set()
    assert await idle.read_to_end() == b""
    async with httpx.AsyncClient(trust_env=False) as client:
        ready = await client.get(f"http://127.0.0.1:{proxy.probe_port}/ready")
    with pytest.raises(ConnectionError):
        await proxy.client().__aenter__()
    may_finish.set()

    assert ready.status_code == 503
    assert await busy.read_to_end() == b"later"
    await asyncio.wait_for(proxy.task, 5)
    assert engine.exchanges[0].end == End.COMPLETE


async def test_stop_tells_a_client_that_its_connection_ends(house: House) -> None:
    may_answer = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.read_head()
        await may_answer.wait()
        await visit.send(answer())

    upstream = await house.upstream(script)
    proxy = await house.proxy(upstream)
    client = await house.client(proxy)
    await client.send(GET)
    await until(lambda: upstream.received, "the request")

    proxy.asked_to_stop.set()
    await until(lambda: not proxy.task.done(), "the proxy waits")
    await asyncio.sleep(0)
    may_answer.set()

    assert b"\r\nConnection: close\r\n" in await client.read_to_end()


async def test_stop_cuts_exchanges_at_the_grace_limit(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
        await visit.until_closed()

    engine = await house.engine()
    proxy = await house.proxy(await house.upstream(script), engine=engine, grace_seconds=0.1)
    client = await house.client(proxy)
    await client.send(GET)
    await client.read_until(b"first")

    await proxy.stop()

    with pytest.raises(ConnectionError):
        await client.read_to_end()
    assert engine.exchanges[0].response_body == b"first"


@pytest.mark.parametrize("size", [300_000, 3_000_000])
async def test_stop_does_not_wait_for_a_client_that_never_reads(house: House, size: int) -> None:
    proxy = await house.proxy(await house.upstream(answering(answer(b"x" * size))), grace_seconds=0.1)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", proxy.port))
        client.send(GET.replace(b"bot", b"bot\r\nConnection: close"))
        await asyncio.get_running_loop().sock_recv(client, 1)

        await proxy.stop()

    assert proxy.task.done()


async def test_admin_prefix_goes_to_the_admin_listener_uncopied(house: House) -> None:
    upstream = await house.upstream(answering(answer(b"bot")))
    admin = await house.upstream(answering(answer(b"admin")))
    engine = await house.engine()
    proxy = await house.proxy(upstream, engine=engine, admin_prefix="/_endurance", admin_port=admin.port)
    client = await house.client(proxy)

    bodies = []
    for target in (b"/_endurance/v1/x?y", b"/_endurance", b"/_endurance?z", b"/_endurancex"):
        await client.send(b"GET " + target + b" HTTP/1.1\r\nHost: bot\r\n\r\n")
        bodies.append((await client.read_answer())[1])
    await until(lambda: engine.exchanges, "the copy of the bot's exchange")

    targets = [line.split(b" ")[1] for line in admin.received.split(b"\r\n") if line.startswith(b"GET ")]
    assert bodies == [b"admin", b"admin", b"admin", b"bot"]
    assert targets == [b"/v1/x?y", b"/", b"/?z"]
    assert [exchange.target for exchange in engine.exchanges] == [b"/_endurancex"]


async def test_without_upstream_all_but_the_prefix_is_404(house: House) -> None:
    admin = await house.upstream(answering(answer(b"admin")))
    proxy = await house.proxy(None, admin_prefix="/_endurance", admin_port=admin.port)
    client = await house.client(proxy)

    await client.send(b"GET /_endurance/ HTTP/1.1\r\nHost: bot\r\n\r\n")
    assert (await client.read_answer())[1] == b"admin"
    await client.send(GET)
    head, body = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert json.loads(body)["detail"].startswith("No upstream is configured")


async def test_peer_over_its_cap_is_closed_at_once_and_counted(house: House) -> None:
    engine = await house.engine()
    proxy = await house.proxy(await house.upstream(answering(answer())), engine=engine, connections_per_peer=2)
    first, second = await house.client(proxy), await house.client(proxy)
    for client in (first, second):
        await client.send(GET)
        await client.read_answer()

    third = await house.client(proxy)
    with contextlib.suppress(ConnectionError):  # closed or reset, whichever the kernel tells first
        assert await third.read_to_end() == b""
    first.writer.close()
    await until(lambda: engine.totals.get("open.connections") == 1, "the first has gone")
    fourth = await house.client(proxy)
    await fourth.send(GET)

    assert (await fourth.read_answer())[1] == b"hello"
    assert engine.totals["connections.refused"] == 1


async def test_exchanges_are_left_out_by_rule_and_counted(house: House) -> None:
    engine = await house.engine()
    upstream = await house.upstream(answering(answer(b"x", b"Content-Type: image/png")))
    proxy = await house.proxy(upstream, engine=engine, capture_methods=("GET",), capture_excluded_paths=("/static",))
    client = await house.client(proxy)

    for line in (b"OPTIONS / HTTP/1.1", b"GET /static HTTP/1.1", b"GET / HTTP/1.1"):
        await client.send(line + b"\r\nHost: bot\r\n\r\n")
        await client.read_answer()
    await until(lambda: engine.totals.get("capture.noise") == 1, "the counters")

    assert engine.totals["capture.filtered"] == 2
    assert not engine.exchanges


async def test_share_of_the_conversations_is_copied_whole(house: House) -> None:
    engine = await house.engine()
    upstream = await house.upstream(answering(answer()))
    proxy = await house.proxy(upstream, engine=engine, capture_sample_ratio=0.5, conversation_header="X-Chat")
    client = await house.client(proxy)

    for number in range(40):
        await client.send(b"GET /%d HTTP/1.1\r\nHost: bot\r\nX-Chat: %d\r\n\r\n" % (number % 10, number % 10))
        await client.read_answer()
    await until(lambda: engine.totals.get("requests.2xx") == 40, "the counters")

    targets = [copy.target for copy in engine.exchanges]
    assert 0 < len(set(targets)) < 10
    assert all(targets.count(target) == 4 for target in targets)
    assert engine.totals["capture.unsampled"] == 40 - len(targets)


def test_proxy_process_never_loads_what_its_path_does_not_need() -> None:
    modules = ("pydantic", "pymongo", "sqlite3", "yaml", "aiohttp")
    code = f"import sys, proxy.server; print([m for m in {modules} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
