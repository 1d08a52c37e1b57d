"""A client's connection: heads, refusals, pipelining, limits."""

import asyncio
import json
import socket

import pytest

from tests.fakes.upstream import Visit, answer, answering
from tests.fakes.waiting import until
from tests.proxy.conftest import House

GET = b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
        b"GET a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://user@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
        b"GET /\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
    ],
)
async def test_malformed_request_is_400_and_never_forwarded(house: House, request_bytes: bytes) -> None:
    upstream = await house.upstream(answering(answer()))
    client = await house.client(await house.proxy(upstream))

    await client.send(request_bytes)
    received = await client.read_to_end()

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Connection: close" in head
    assert json.loads(body)["status"] == 400
    assert not upstream.visits


@pytest.mark.parametrize(
    "request_bytes",
    [b"FROB / HTTP/1.1\r\nHost: a\r\n\r\n", b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"],
)
async def test_what_nobody_understands_is_501(house: House, request_bytes: bytes) -> None:
    client = await house.client(await house.proxy(await house.upstream(answering(answer()))))

    await client.send(request_bytes)

    assert (await client.read_to_end()).startswith(b"HTTP/1.1 501 Not Implemented\r\n")


async def test_head_over_the_limit_is_431(house: House) -> None:
    client = await house.client(await house.proxy(await house.upstream(answering(answer()))))

    await client.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 66_000 + b"\r\n\r\n")

    assert (await client.read_to_end()).startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


async def test_head_of_almost_the_limit_passes(house: House) -> None:
    upstream = await house.upstream(answering(answer()))
    client = await house.client(await house.proxy(upstream))
    line = b"X: " + b"x" * 65_000

    await client.send(b"GET / HTTP/1.1\r\nHost: a\r\n" + line + b"\r\n\r\n")
    await client.read_answer()

    assert line in upstream.received


async def test_absolute_form_never_chooses_the_destination(house: House) -> None:
    upstream = await house.upstream(answering(answer()))
    client = await house.client(await house.proxy(upstream))

    await client.send(b"GET http://169.254.169.254/latest?x HTTP/1.1\r\nHost: bot\r\nAccept: x\r\n\r\n")
    await client.read_answer()

    assert upstream.received.startswith(b"GET /latest?x HTTP/1.1\r\nHost: 169.254.169.254\r\nAccept: x\r\n")


async def test_pipelined_requests_are_answered_in_order(house: House) -> None:
    async def script(visit: Visit) -> None:
        while True:
            head = await visit.read_head()
            await visit.send(answer(head.split(b" ")[1]))

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))

    targets = [b"/%d" % number for number in range(50)]
    await client.send(b"\r\n".join([b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n" for target in targets]))
    bodies = [(await client.read_answer())[1] for _ in targets]

    assert bodies == targets
    assert len(upstream.visits) == 1


async def test_requests_sent_far_ahead_make_the_client_wait(house: House) -> None:
    may_answer = asyncio.Event()

    async def script(visit: Visit) -> None:
        while True:
            await visit.read_head()
            await may_answer.wait()
            await visit.send(answer(b""))

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))
    request = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 8000 + b"\r\n\r\n"

    sending = asyncio.create_task(client.send(request * 500))
    await until(lambda: upstream.received, "the first request")
    assert upstream.received.count(b"GET / ") == 1
    may_answer.set()
    for _ in range(500):
        await client.read_answer()
    await sending

    assert upstream.received.count(b"GET / ") == 500


async def test_connection_close_is_honoured(house: House) -> None:
    upstream = await house.upstream(answering(answer()))
    client = await house.client(await house.proxy(upstream))

    await client.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert await client.read_to_end() == b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
    assert b"close" not in upstream.received


async def test_connection_is_kept_when_the_upstream_closes_its_own(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(answer(b"x", b"Connection: close"))

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))

    for _ in range(2):
        await client.send(GET)
        head, _ = await client.read_answer()
        assert b"onnection" not in head

    assert len(upstream.visits) == 2


async def test_head_that_does_not_arrive_is_cut(house: House) -> None:
    client = await house.client(await house.proxy(await house.upstream(answering(answer())), head_timeout_seconds=0.1))

    await client.send(b"GET / HTTP/1.1\r\nHost:")

    assert (await client.read_to_end()).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_silent_connection_is_closed(house: House) -> None:
    client = await house.client(await house.proxy(await house.upstream(answering(answer())), head_timeout_seconds=0.1))

    assert await client.read_to_end() == b""


async def test_idle_connection_is_closed_after_keep_alive(house: House) -> None:
    client = await house.client(await house.proxy(await house.upstream(answering(answer())), keep_alive_seconds=0.1))

    await client.send(GET)
    await client.read_answer()

    assert await client.read_to_end() == b""


async def test_client_that_left_is_noticed_while_it_is_not_read(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await asyncio.Event().wait()  # reads nothing more

    upstream = await house.upstream(script)
    proxy = await house.proxy(upstream)
    client = await house.client(proxy)
    await client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n")

    client.writer.write(b"x" * 60_000_000)
    await until(lambda: upstream.visits, "the upload reached the upstream")
    await until(lambda: client.writer.transport.get_write_buffer_size() < 60_000_000, "the upload has begun")
    client.reset()

    sock = upstream.visits[0].writer.get_extra_info("socket")
    state, closed_states = (socket.IPPROTO_TCP, socket.TCP_INFO, 1), (7, 8)

    def has_ended() -> bool:  # the transport may have noticed, and closed its descriptor, before we look
        return sock.fileno() < 0 or sock.getsockopt(*state)[0] in closed_states

    await until(has_ended, "the upstream's connection ended")


async def test_small_uploads_sent_ahead_are_kept_apart(house: House) -> None:
    async def script(visit: Visit) -> None:
        while True:
            head = await visit.read_head()
            size = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
            await visit.send(answer(await visit.read_exactly(size)))

    client = await house.client(await house.proxy(await house.upstream(script)))
    bodies = [b"%d" % number * (number * 97) for number in range(1, 60)]

    await client.send(
        b"".join(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)
    )

    assert [(await client.read_answer())[1] for _ in bodies] == bodies
