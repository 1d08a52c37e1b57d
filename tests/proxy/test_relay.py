"""One exchange on its way, through the running proxy."""

import pytest

from scorer.wire import Flag
from tests.fakes.upstream import Visit, answer, answering
from tests.fakes.waiting import until
from tests.proxy.conftest import House

GET = b"GET /x HTTP/1.1\r\nHost: bot\r\n\r\n"
ADDED = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via", "traceparent")


def without_added(head: bytes) -> bytes:
    lines = head.split(b"\r\n")
    return b"\r\n".join(line for line in lines if line.partition(b":")[0].lower().decode("latin-1") not in ADDED)


@pytest.mark.parametrize(
    "target",
    [b"/a%2Fb;c=1//d/../e?", b"/?a=b&a=%e0%A4%95", b"/a/./b/../c", b"//double", b"/\xe0\xa4\x95?\xff", b'/a|{}"<>^`'],
)
async def test_target_passes_as_received(house: House, target: bytes) -> None:
    upstream = await house.upstream(answering(answer()))
    client = await house.client(await house.proxy(upstream))

    await client.send(b"GET " + target + b" HTTP/1.1\r\nHost: bot\r\n\r\n")
    await client.read_answer()

    assert upstream.received.startswith(b"GET " + target + b" HTTP/1.1\r\n")


@pytest.mark.parametrize("method", [b"GET", b"PUT", b"DELETE", b"PATCH", b"PROPFIND", b"M-SEARCH", b"QUERY", b"PURGE"])
async def test_method_passes(house: House, method: bytes) -> None:
    upstream = await house.upstream(answering(answer()))
    client = await house.client(await house.proxy(upstream))

    await client.send(method + b" / HTTP/1.1\r\nHost: bot\r\n\r\n")
    head, _ = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert upstream.received.startswith(method + b" / HTTP/1.1\r\n")


async def test_header_lines_pass_in_order_case_and_bytes(house: House) -> None:
    upstream = await house.upstream(answering(answer()))
    client = await house.client(await house.proxy(upstream))
    head = b"GET / HTTP/1.1\r\nhOsT: Bot:80\r\nX-B: 2\r\nx-a:1\r\nX-B:   3  \r\nLatin: \xe9\xff\r\nEmpty:\r\n\r\n"

    await client.send(head)
    await client.read_answer()

    assert without_added(upstream.received) == head


async def test_answer_passes_in_order_case_and_bytes(house: House) -> None:
    data = (
        b"HTTP/1.1 299 Fine  by me \xe9\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nX-L:\xff \r\n"
        b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x00\xff"
    )
    upstream = await house.upstream(answering(data))
    client = await house.client(await house.proxy(upstream))

    await client.send(GET)
    head, body = await client.read_answer()

    assert head + body == data


async def test_chunked_request_passes_as_it_came(house: House) -> None:
    body = b"3;ext=1\r\nabc\r\n00A\r\n0123456789\r\n0\r\nTrailer-One: x\r\n\r\n"

    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.read_exactly(len(body))
        await visit.send(answer())

    upstream = await house.upstream(script)
    engine = await house.engine()
    client = await house.client(await house.proxy(upstream, engine=engine))

    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    await client.read_answer()
    await until(lambda: engine.exchanges, "the copy")

    assert upstream.received.endswith(b"\r\n\r\n" + body)
    assert engine.exchanges[0].request_body == body
    assert engine.exchanges[0].flags == Flag.REQUEST_CHUNKED


async def test_chunked_answer_passes_as_it_came(house: House) -> None:
    body = b"5\r\nhello\r\n0;x\r\nX-Trailer: 1\r\n\r\n"
    upstream = await house.upstream(answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body))
    engine = await house.engine()
    client = await house.client(await house.proxy(upstream, engine=engine))

    await client.send(GET)
    await client.read_head()
    received = await client.read_exactly(len(body))
    await until(lambda: engine.exchanges, "the copy")

    assert received == body
    assert engine.exchanges[0].response_body == body
    assert engine.exchanges[0].flags == Flag.RESPONSE_CHUNKED


async def test_answer_until_close_ends_with_close(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")

    client = await house.client(await house.proxy(await house.upstream(script)))

    await client.send(GET)
    received = await client.read_to_end()

    assert received == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end"


@pytest.mark.parametrize(
    ("method", "data"),
    [
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        (b"GET", b'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "x"\r\n\r\n'),
    ],
)
async def test_answer_without_body_leaves_connection_open(house: House, method: bytes, data: bytes) -> None:
    upstream = await house.upstream(answering(data))
    client = await house.client(await house.proxy(upstream))

    for _ in range(2):
        await client.send(method + b" / HTTP/1.1\r\nHost: bot\r\n\r\n")
        assert await client.read_head() == data

    assert len(upstream.visits) == 1


async def test_interim_answers_pass(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n")
        await visit.send(answer())
        await visit.until_closed()

    client = await house.client(await house.proxy(await house.upstream(script)))

    await client.send(GET)

    assert await client.read_head() == b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    assert await client.read_head() == b"HTTP/1.1 102 Processing\r\n\r\n"
    assert await client.read_answer() == (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"hello")


async def test_expectation_is_answered_by_the_upstream(house: House) -> None:
    async def script(visit: Visit) -> None:
        head = await visit.read_head()
        assert b"Expect: 100-continue\r\n" in head
        await visit.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await visit.read_exactly(3)
        await visit.send(answer(b"got it"))

    client = await house.client(await house.proxy(await house.upstream(script)))

    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    assert await client.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
    await client.send(b"abc")

    assert (await client.read_answer())[1] == b"got it"


async def test_http_1_0_client_gets_chunks_decoded(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await visit.send(b"3\r\nabc\r\n2\r\nde")
        await visit.send(b"\r\n0\r\n\r\n")

    client = await house.client(await house.proxy(await house.upstream(script)))

    await client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

    assert await client.read_to_end() == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcde"


async def test_http_1_0_client_is_kept_when_it_asks(house: House) -> None:
    client = await house.client(await house.proxy(await house.upstream(answering(answer()))))

    for _ in range(2):
        await client.send(b"GET / HTTP/1.0\r\nHost: bot\r\nConnection: keep-alive\r\n\r\n")
        head, _ = await client.read_answer()
        assert b"\r\nConnection: keep-alive\r\n" in head


async def test_early_answer_reaches_a_client_that_still_sends(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 7\r\nConnection: close\r\n\r\ntoo big")

    client = await house.client(await house.proxy(await house.upstream(script)))

    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 50000000\r\n\r\n" + b"x" * 300_000)
    head, body = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 413 Content Too Large\r\n")
    assert b"\r\nConnection: close\r\n" in head
    assert body == b"too big"


async def test_early_answer_lets_a_client_finish_its_upload(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(answer(b"early"))
        await visit.read_exactly(6)
        await visit.read_head()
        await visit.send(answer(b"next"))

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))

    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 6\r\n\r\nabc")
    assert (await client.read_answer())[1] == b"early"
    await client.send(b"def" + GET)

    assert (await client.read_answer())[1] == b"next"
    assert len(upstream.visits) == 1
