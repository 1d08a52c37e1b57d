"""What the proxy's process takes: little at rest, bounded however long a body, small for each open stream."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from tests.fakes.engine import FakeEngine
from tests.fakes.proxy_process import ProxyProcess, running_proxy_process
from tests.fakes.raw_client import WAIT_SECONDS, RawClient
from tests.fakes.upstream import FakeUpstream, Script, Visit, answer
from tests.proxy.conftest import DEFAULTS

MEBIBYTE = 1024 * 1024
BODY_BYTES = 50 * MEBIBYTE
STREAMS = 2000
BODY_LIMIT_BYTES = 8 * MEBIBYTE
HELD_SECONDS = 0.3
"""How long a sender must find itself held; one that is not is done in a tenth of that."""
REST_LIMIT_BYTES = 40_000_000
"""Both from the design's targets for the proxy process."""
STREAM_LIMIT_BYTES = 15_000


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def started(stack: AsyncExitStack, script: Script) -> ProxyProcess:
    """Start upstream, engine and proxy."""
    upstream = await stack.enter_async_context(FakeUpstream(script))
    engine = await stack.enter_async_context(FakeEngine())
    options = replace(DEFAULTS, upstream=upstream.url, engine_address=engine.address.hex())
    return await stack.enter_async_context(running_proxy_process(options))


async def test_proxy_is_small_at_rest(stack: AsyncExitStack) -> None:
    async def script(visit: Visit) -> None:
        await visit.until_closed()

    proxy = await started(stack, script)

    assert proxy.memory_bytes() < REST_LIMIT_BYTES


async def test_long_answer_to_a_client_that_waits_is_held_by_the_upstream(stack: AsyncExitStack) -> None:
    all_sent = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BODY_BYTES)
        for _ in range(BODY_BYTES // MEBIBYTE):
            await visit.send(bytes(MEBIBYTE))
        all_sent.set()
        await visit.until_closed()

    proxy = await started(stack, script)
    at_rest = proxy.memory_bytes()
    client = await stack.enter_async_context(RawClient(proxy.port))

    await client.send(b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n")
    await client.read_head()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(all_sent.wait(), HELD_SECONDS)
    received = 0
    while received < BODY_BYTES:
        received += len(await client.read(65536))

    assert proxy.memory_bytes(peak=True) - at_rest < BODY_LIMIT_BYTES


async def test_long_upload_to_an_upstream_that_waits_is_held_by_the_client(stack: AsyncExitStack) -> None:
    may_read = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.read_head()
        await may_read.wait()
        for _ in range(BODY_BYTES // 65536):
            await visit.reader.readexactly(65536)
        await visit.send(answer(b"whole"))

    proxy = await started(stack, script)
    at_rest = proxy.memory_bytes()
    client = await stack.enter_async_context(RawClient(proxy.port))

    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: %d\r\n\r\n" % BODY_BYTES)
    client.writer.write(bytes(BODY_BYTES))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.writer.drain(), HELD_SECONDS)
    may_read.set()

    assert (await client.read_answer())[1] == b"whole"
    assert proxy.memory_bytes(peak=True) - at_rest < BODY_LIMIT_BYTES


async def test_thousands_of_open_streams_are_small(stack: AsyncExitStack) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < 5 * STREAMS:
        pytest.skip(f"this machine allows {most} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (5 * STREAMS, most))
    may_end = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        await visit.send(b"b\r\ndata: one\n\n\r\n")
        await may_end.wait()
        await visit.send(b"0\r\n\r\n")
        await visit.until_closed()

    proxy = await started(stack, script)
    at_rest = proxy.memory_bytes()
    clients = [await stack.enter_async_context(RawClient(proxy.port)) for _ in range(STREAMS)]

    for client in clients:
        await client.send(b"GET /stream HTTP/1.1\r\nHost: bot\r\n\r\n")
    await asyncio.gather(*(client.read_until(b"data: one\n\n\r\n") for client in clients))
    grown = proxy.memory_bytes() - at_rest
    may_end.set()
    ends = await asyncio.wait_for(asyncio.gather(*(client.read_exactly(5) for client in clients)), WAIT_SECONDS)

    assert grown < STREAMS * STREAM_LIMIT_BYTES
    assert set(ends) == {b"0\r\n\r\n"}
