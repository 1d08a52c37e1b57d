"""Real clients, many streams at once, and large bodies with little memory."""

import asyncio
import resource

import httpx

from scorer.wire import End, Flag
from tests.fakes.upstream import Visit, answer
from tests.fakes.waiting import until
from tests.proxy.conftest import House

STREAMS = 50
BIG = 50_000_000


async def test_httpx_sees_cookies_encoding_and_redirects_untouched(house: House) -> None:
    async def script(visit: Visit) -> None:
        while True:
            head = await visit.read_head()
            if head.startswith(b"GET /moved"):
                await visit.send(answer(b"", b"Location: /there", status=b"302 Found"))
            else:
                lines = (b"Set-Cookie: a=1", b"Set-Cookie: b=2", b"Content-Encoding: x-custom")
                await visit.send(answer(b"raw", *lines))

    upstream = await house.upstream(script)
    proxy = await house.proxy(upstream)

    base_url = f"http://127.0.0.1:{proxy.port}"

    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
        raw = await client.get("/")
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as other:
        moved = await other.get("/moved")

    assert (moved.status_code, moved.headers["location"]) == (302, "/there")
    assert raw.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert raw.content == b"raw"
    assert b"Cookie:" not in upstream.received  # one client's cookies are not another's


async def test_many_streams_at_once_are_not_mixed_up(house: House) -> None:
    all_here = asyncio.Event()
    waiting = 0

    async def script(visit: Visit) -> None:
        nonlocal waiting
        head = await visit.read_head()
        name = head.split(b" ")[1]
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        waiting += 1
        if waiting == STREAMS:
            all_here.set()
        await all_here.wait()
        for number in range(20):
            event = b"data: %s %d\n\n" % (name, number)
            await visit.send(b"%x\r\n%s\r\n" % (len(event), event))
            await asyncio.sleep(0)
        await visit.send(b"0\r\n\r\n")

    engine = await house.engine()
    proxy = await house.proxy(await house.upstream(script), engine=engine)

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{proxy.port}", trust_env=False) as client:
        answers = await asyncio.gather(*(client.get(f"/{number}") for number in range(STREAMS)))
    await until(lambda: len(engine.exchanges) == STREAMS, "every copy")

    for number, received in enumerate(answers):
        assert received.text == "".join(f"data: /{number} {event}\n\n" for event in range(20))
    assert {exchange.target for exchange in engine.exchanges} == {b"/%d" % number for number in range(STREAMS)}
    assert all(exchange.end == End.COMPLETE for exchange in engine.exchanges)


async def test_large_bodies_pass_with_bounded_memory_and_a_capped_copy(house: House) -> None:
    piece = b"x" * 100_000

    async def script(visit: Visit) -> None:
        await visit.read_head()
        for _ in range(BIG // len(piece)):
            await visit.reader.readexactly(len(piece))
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BIG)
        for _ in range(BIG // len(piece)):
            await visit.send(piece)
        await visit.until_closed()

    engine = await house.engine()
    proxy = await house.proxy(await house.upstream(script), engine=engine, capture_limit_bytes=150_000)
    client = await house.client(proxy)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: %d\r\n\r\n" % BIG)
    for _ in range(BIG // len(piece)):
        await client.send(piece)
    await client.read_head()
    received = 0
    while received < BIG:
        received += len(await client.read(1 << 20))
    grown_kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    await until(lambda: engine.exchanges, "the copy")

    copy = engine.exchanges[0]
    assert grown_kilobytes < 25_000  # client, proxy and upstream together, all in this process
    assert (copy.request_body_bytes, copy.response_body_bytes) == (BIG, BIG)
    assert (len(copy.request_body), len(copy.response_body)) == (150_000, 150_000)
    assert copy.flags == Flag.REQUEST_TRUNCATED | Flag.RESPONSE_TRUNCATED
    assert copy.end == End.CAPPED


async def test_client_that_does_not_read_holds_back_the_upstream(house: House) -> None:
    sent = 0

    async def script(visit: Visit) -> None:
        nonlocal sent
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BIG)
        while sent < BIG:
            await visit.send(b"x" * 100_000)
            sent += 100_000

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))
    client.reader._transport.pause_reading()  # type: ignore[attr-defined] # a client that does not read
    await client.send(b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n")

    last = -1
    while sent != last or not sent:  # until the flow has stood still for a while
        last = sent
        await asyncio.sleep(0.2)
    held = sent
    client.reader._transport.resume_reading()  # type: ignore[attr-defined] # it reads again
    head = await client.read_head()
    body = await client.read_exactly(BIG)

    assert held < BIG * 0.6  # the kernel's buffers hold some of it
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert len(body) == BIG
