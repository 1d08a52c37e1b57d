"""An exchange that does not end well: who leaves, who breaks off, who is too late, who sends garbage."""

import asyncio

import pytest

from scorer.wire import End
from tests.fakes.upstream import Visit, answer, answering
from tests.fakes.waiting import until
from tests.proxy.conftest import House

GET = b"GET /x HTTP/1.1\r\nHost: bot\r\n\r\n"


async def test_client_that_leaves_ends_a_silent_upstream(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.until_closed()

    upstream = await house.upstream(script)
    engine = await house.engine()
    client = await house.client(await house.proxy(upstream, engine=engine))

    await client.send(GET)
    await until(lambda: upstream.received, "the request")
    client.writer.close()
    await asyncio.wait_for(upstream.visits[0].is_over.wait(), 5)
    await until(lambda: engine.exchanges, "the copy")

    assert engine.exchanges[0].end == End.CLIENT_GONE
    assert engine.exchanges[0].status == 0


async def test_client_that_leaves_mid_answer_ends_the_upstream(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await visit.until_closed()

    upstream = await house.upstream(script)
    engine = await house.engine()
    client = await house.client(await house.proxy(upstream, engine=engine))

    await client.send(GET)
    await client.read_until(b"first\r\n")
    client.reset()
    await asyncio.wait_for(upstream.visits[0].is_over.wait(), 5)
    await until(lambda: engine.exchanges, "the copy")

    assert engine.exchanges[0].end == End.CLIENT_GONE
    assert engine.exchanges[0].response_body == b"5\r\nfirst\r\n"


@pytest.mark.parametrize("framing", [b"Content-Length: 100\r\n", b"Transfer-Encoding: chunked\r\n"])
async def test_upstream_that_breaks_off_leaves_an_incomplete_answer(house: House, framing: bytes) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n5\r\nhello\r\n")

    engine = await house.engine()
    client = await house.client(await house.proxy(await house.upstream(script), engine=engine))

    await client.send(GET)
    received = await client.read_to_end()
    await until(lambda: engine.exchanges, "the copy")

    assert received == b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n5\r\nhello\r\n"
    assert engine.exchanges[0].end == End.UPSTREAM_RESET


async def test_reset_of_an_answer_until_close_reaches_the_client(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\n\r\npart")
        await visit.read_until(b"go")
        visit.reset()

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))
    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 10\r\n\r\n")
    await client.read_until(b"part")

    await client.send(b"go")

    with pytest.raises(ConnectionError):
        await client.read_to_end()


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\r\n\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nspace : x\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBig: " + b"x" * 70_000,
    ],
)
async def test_bad_answer_is_502(house: House, garbage: bytes) -> None:
    upstream = await house.upstream(answering(garbage))
    client = await house.client(await house.proxy(upstream))

    await client.send(GET)
    head, body = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/problem+json\r\n")
    assert b"not valid HTTP" in body
    await asyncio.wait_for(upstream.visits[0].is_over.wait(), 5)


async def test_bytes_after_an_answer_are_not_the_next_answer(house: House) -> None:
    upstream = await house.upstream(answering(answer(b"one") + answer(b"planted")))
    client = await house.client(await house.proxy(upstream))

    await client.send(GET)
    assert (await client.read_answer())[1] == b"one"
    await client.send(GET)

    assert (await client.read_answer())[1] == b"one"
    assert len(upstream.visits) == 2


async def test_first_byte_limit_is_504(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.until_closed()

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream, first_byte_timeout_seconds=0.1))

    await client.send(GET)
    head, body = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 504 Gateway Timeout\r\n")
    assert b"too long" in body


async def test_request_body_that_stops_is_cut(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.until_closed()

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream, body_idle_timeout_seconds=0.1))

    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 10\r\n\r\nabc")
    head, _ = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    await asyncio.wait_for(upstream.visits[0].is_over.wait(), 5)


@pytest.mark.parametrize("framing", [b"Content-Length: 1000", b"Transfer-Encoding: chunked"])
async def test_request_body_that_trickles_is_cut(house: House, framing: bytes) -> None:
    async def script(visit: Visit) -> None:
        await visit.until_closed()

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream, body_idle_timeout_seconds=0.3, body_idle_bytes=100))
    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\n" + framing + b"\r\n\r\n")

    async def trickle() -> None:
        while True:
            await client.send(b"1\r\na\r\n")
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    head, _ = await client.read_answer()
    trickling.cancel()

    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    await asyncio.wait_for(upstream.visits[0].is_over.wait(), 5)


async def test_request_body_that_takes_longer_than_the_limit_and_goes_on_is_not_cut(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.read_exactly(1500)
        await visit.send(answer(b"done"))

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream, body_idle_timeout_seconds=1.0, body_idle_bytes=100))

    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 1500\r\n\r\n")
    for _ in range(15):
        await client.send(b"x" * 100)
        await asyncio.sleep(0.1)

    assert (await client.read_answer())[1] == b"done"


async def test_answer_that_falls_silent_is_cut(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
        await visit.until_closed()

    upstream = await house.upstream(script)
    engine = await house.engine()
    client = await house.client(await house.proxy(upstream, engine=engine, answer_idle_timeout_seconds=0.1))

    await client.send(GET)
    received = await client.read_to_end()
    await asyncio.wait_for(upstream.visits[0].is_over.wait(), 5)
    await until(lambda: engine.exchanges, "the copy")

    assert received.endswith(b"\r\n\r\npart")
    assert engine.exchanges[0].end == End.UPSTREAM_RESET


async def test_client_that_takes_nothing_of_its_answer_is_cut(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n")
        while not visit.writer.is_closing():
            await visit.send(b"x" * 100_000)

    upstream = await house.upstream(script)
    engine = await house.engine()
    client = await house.client(await house.proxy(upstream, engine=engine, client_stall_timeout_seconds=0.1))
    client.writer.transport.pause_reading()

    await client.send(GET)
    await until(lambda: engine.exchanges, "the copy")
    await asyncio.wait_for(upstream.visits[0].is_over.wait(), 5)

    assert engine.exchanges[0].end == End.CLIENT_GONE


async def test_total_limit_before_an_answer_is_504(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.until_closed()

    client = await house.client(await house.proxy(await house.upstream(script), total_timeout_seconds=0.1))

    await client.send(GET)
    head, body = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 504 Gateway Timeout\r\n")
    assert b"longer than its limit" in body


async def test_total_limit_cuts_an_answer_that_never_ends(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not visit.writer.is_closing():
            await visit.send(b"1\r\nx\r\n")
            await asyncio.sleep(0.01)

    client = await house.client(await house.proxy(await house.upstream(script), total_timeout_seconds=0.3))

    await client.send(GET)
    received = await client.read_to_end()

    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert not received.endswith(b"0\r\n\r\n")


async def test_bad_chunk_in_a_request_is_refused_and_not_forwarded(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.until_closed()

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))

    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    await until(lambda: b"abc" in upstream.received, "the first chunk")
    await client.send(b"0x2\r\nde\r\n")
    head, _ = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    await asyncio.wait_for(upstream.visits[0].is_over.wait(), 5)
    assert b"0x2" not in upstream.received
