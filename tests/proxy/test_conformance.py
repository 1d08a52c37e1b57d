"""What any transparent gateway does, at the level of bytes: asked of our proxy, and of nginx where it is installed.

The second is a check of the questions: where nginx, set to be as transparent as it can be, answered otherwise, the
expectation would be ours alone. Those (order and case of header lines, refusals that nginx does not make) are asked of
our proxy only, in the files of its modules.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.fakes.fault_proxy import Ending, FaultProxy, Faults
from tests.fakes.nginx import running_nginx
from tests.fakes.raw_client import RawClient
from tests.fakes.upstream import FakeUpstream, Script, Visit, answer, answering
from tests.proxy.conftest import House

Front = Callable[..., Awaitable[tuple[RawClient, FakeUpstream]]]
GET = b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n"


@pytest.fixture(params=["endurance", pytest.param("nginx", marks=pytest.mark.nginx)])
async def front(request: pytest.FixtureRequest, house: House, tmp_path: Path) -> AsyncIterator[Front]:
    """Put the gateway in front of an upstream that follows a script, with faults (`up`, `down`) on the way to it."""
    async with AsyncExitStack() as stack:

        async def start(script: Script, **faults: Faults) -> tuple[RawClient, FakeUpstream]:
            upstream = await house.upstream(script)
            way = await stack.enter_async_context(FaultProxy(upstream.port, **faults))
            if request.param == "nginx":
                port = await stack.enter_async_context(running_nginx(tmp_path, way.port))
            else:
                port = (await house.proxy(way.url)).port
            return await stack.enter_async_context(RawClient(port)), upstream

        yield start


@pytest.mark.parametrize("target", [b"/a%2Fb;c=1//d?", b"/?a=b&a=%e0%A4%95", b"//double", b"/\xe0\xa4\x95"])
async def test_target_passes_as_received(front: Front, target: bytes) -> None:
    client, upstream = await front(answering(answer()))

    await client.send(b"GET " + target + b" HTTP/1.1\r\nHost: bot\r\n\r\n")
    await client.read_answer()

    assert upstream.received.startswith(b"GET " + target + b" HTTP/1.1\r\n")


async def test_header_values_pass_and_hop_by_hop_lines_do_not(front: Front) -> None:
    client, upstream = await front(answering(answer(b"x", b"Set-Cookie: a=1", b"Set-Cookie: b=2")))

    await client.send(
        b"GET / HTTP/1.1\r\nHost: Bot:80\r\nLatin: \xe9\r\nTE: trailers\r\nConnection: keep-alive\r\n\r\n"
    )
    head, _ = await client.read_answer()

    assert b"\r\nHost: Bot:80\r\n" in upstream.received
    assert b"\r\nLatin: \xe9\r\n" in upstream.received
    assert b"keep-alive" not in upstream.received
    assert head.index(b"Set-Cookie: a=1\r\n") < head.index(b"Set-Cookie: b=2\r\n")


@pytest.mark.parametrize(
    ("method", "data"),
    [
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        (b"GET", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"),
    ],
)
async def test_answer_without_body_leaves_the_connection_open(front: Front, method: bytes, data: bytes) -> None:
    client, _ = await front(answering(data))

    for _ in range(2):
        await client.send(method + b" / HTTP/1.1\r\nHost: bot\r\n\r\n")
        head = await client.read_head()

        assert head.split(b"\r\n")[0] == data.split(b"\r\n")[0]
        assert (b"Content-Length: 999" in head) is (method == b"HEAD")


async def test_part_that_was_asked_for_passes_as_a_part(front: Front) -> None:
    part = answer(b"cde", b"Content-Range: bytes 2-4/10", status=b"206 Partial Content")
    client, upstream = await front(answering(part))

    await client.send(b'GET / HTTP/1.1\r\nHost: bot\r\nRange: bytes=2-4\r\nIf-Range: "a"\r\n\r\n')
    head, body = await client.read_answer()

    assert b'\r\nRange: bytes=2-4\r\nIf-Range: "a"\r\n' in upstream.received
    assert head.startswith(b"HTTP/1.1 206 Partial Content\r\n")
    assert b"\r\nContent-Range: bytes 2-4/10\r\n" in head
    assert body == b"cde"


async def test_requests_sent_ahead_are_answered_in_order(front: Front) -> None:
    async def script(visit: Visit) -> None:
        while True:
            head = await visit.read_head()
            await visit.send(answer(head.split(b" ")[1]))

    client, _ = await front(script)

    await client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: bot\r\n\r\n" % number for number in range(20)))

    assert [(await client.read_answer())[1] for _ in range(20)] == [b"/%d" % number for number in range(20)]


async def test_streamed_answer_arrives_while_it_is_written(front: Front) -> None:
    may_go_on = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await may_go_on.wait()
        await visit.send(b"6\r\nsecond\r\n0\r\n\r\n")
        await visit.until_closed()

    client, _ = await front(script)

    await client.send(GET)
    await client.read_until(b"first")
    may_go_on.set()

    assert (await client.read_until(b"0\r\n\r\n")).endswith(b"second\r\n0\r\n\r\n")


async def test_http_1_0_client_gets_no_chunks(front: Front) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    client, _ = await front(answering(chunked))

    await client.send(b"GET / HTTP/1.0\r\nHost: bot\r\n\r\n")
    head, _, body = (await client.read_to_end()).partition(b"\r\n\r\n")

    assert b"chunked" not in head.lower()
    assert body == b"hello"


async def test_upstream_that_breaks_off_leaves_no_clean_end(front: Front) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")

    client, _ = await front(script)

    await client.send(GET)
    received = await client.read_to_end()

    assert b"hello" in received
    assert not received.endswith(b"0\r\n\r\n")


async def test_bodies_pass_the_same_byte_by_byte(front: Front) -> None:
    body = bytes(range(256)) * 4
    bytewise = Faults(piece_bytes=1)

    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.read_exactly(len(body))
        await visit.send(answer(body[::-1]))

    client, upstream = await front(script, up=bytewise, down=bytewise)

    await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    assert (await client.read_answer())[1] == body[::-1]
    assert upstream.received.endswith(body)


@pytest.mark.parametrize("ending", [Ending.RESET, Ending.CLOSE])
async def test_upstream_that_breaks_before_its_head_is_502(front: Front, ending: Ending) -> None:
    client, _ = await front(answering(answer()), down=Faults(ending=ending))

    await client.send(GET)

    assert (await client.read_head()).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


async def test_answer_that_is_reset_is_shorter_than_its_length_says(front: Front) -> None:
    whole = answer(b"x" * 1000)
    client, _ = await front(answering(whole), down=Faults(ending=Ending.RESET, after_bytes=len(whole) - 500))

    await client.send(GET)
    received = b""
    with contextlib.suppress(ConnectionError):
        while data := await client.read():
            received += data

    assert received.count(b"x") < 1000
    assert not received.startswith(b"HTTP/1.1 200 OK") or b"Content-Length: 1000\r\n" in received


async def test_client_that_leaves_ends_a_silent_upstream(front: Front) -> None:
    has_asked = asyncio.Event()

    async def script(visit: Visit) -> None:
        await visit.read_head()
        has_asked.set()
        await visit.until_closed()

    client, upstream = await front(script)

    await client.send(GET)
    await asyncio.wait_for(has_asked.wait(), 5)
    client.writer.close()

    await asyncio.wait_for(upstream.visits[0].is_over.wait(), 5)


@pytest.mark.parametrize("line", [b"bad line", b"Nul: \x00"])
async def test_answer_of_broken_framing_is_502(front: Front, line: bytes) -> None:
    client, _ = await front(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n" + line + b"\r\n\r\nx"))

    await client.send(GET)

    assert (await client.read_head()).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
async def test_what_could_be_read_in_two_ways_is_refused(front: Front, request_bytes: bytes) -> None:
    client, upstream = await front(answering(answer()))

    await client.send(request_bytes)

    assert (await client.read_head()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert not upstream.received
