"""Connections to the upstream: pooled, tried at every address, sent again only where that is safe."""

import socket
import ssl
from pathlib import Path

import pytest

from tests.fakes.upstream import Visit, answer, answering
from tests.fakes.waiting import until
from tests.proxy.conftest import House, bound_socket

GET = b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 2\r\n\r\nhi"
CERTIFICATE = Path(__file__).parent.parent / "fakes" / "localhost.pem"


async def closes_on_second(visit: Visit) -> None:
    """Answer once; then take a request and close without a byte."""
    await visit.read_head()
    await visit.send(answer(b"first"))
    await visit.read_head()


async def test_connection_is_used_again(house: House) -> None:
    upstream = await house.upstream(answering(answer()))
    proxy = await house.proxy(upstream)

    for _ in range(3):
        async with proxy.client() as client:
            await client.send(GET)
            await client.read_answer()

    assert len(upstream.visits) == 1


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"OPTIONS"])
async def test_safe_request_on_a_stale_connection_is_sent_once_more(house: House, method: bytes) -> None:
    upstream = await house.upstream(closes_on_second)
    client = await house.client(await house.proxy(upstream))
    await client.send(GET)
    await client.read_answer()

    await client.send(method + b" /again HTTP/1.1\r\nHost: bot\r\n\r\n")
    head = await client.read_head()

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert upstream.received.count(b"/again") == 2
    assert len(upstream.visits) == 2


@pytest.mark.parametrize("request_bytes", [POST, POST.replace(b"POST", b"GET"), GET.replace(b"GET", b"DELETE")])
async def test_other_request_on_a_stale_connection_is_502_and_sent_once(house: House, request_bytes: bytes) -> None:
    upstream = await house.upstream(closes_on_second)
    client = await house.client(await house.proxy(upstream))
    await client.send(GET)
    await client.read_answer()

    await client.send(request_bytes)
    head, body = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert b"without an answer" in body
    assert len(upstream.visits) == 1


async def test_request_on_a_fresh_connection_is_never_sent_again(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))

    await client.send(GET)
    head, _ = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert len(upstream.visits) == 1


async def test_request_whose_answer_began_is_never_sent_again(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(answer())
        await visit.read_head()
        await visit.send(b"HTTP/1.1 2")

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))
    await client.send(GET)
    await client.read_answer()

    await client.send(GET)
    head, body = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert b"in the middle of its answer's head" in body
    assert len(upstream.visits) == 1


async def test_upstream_that_is_down_is_502_and_the_next_request_tries_again(house: House) -> None:
    sock = bound_socket()
    port = sock.getsockname()[1]
    sock.close()
    client = await house.client(await house.proxy(f"http://127.0.0.1:{port}"))

    await client.send(GET)
    head, body = await client.read_answer()
    assert head.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert b"could not be reached" in body
    await house.upstream(answering(answer(b"back")), port=port)
    await client.send(GET)

    assert (await client.read_answer())[1] == b"back"


async def test_connect_limit_is_504(house: House) -> None:
    # A listening socket whose backlog is full lets no connection come about.
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(0)
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(sock.getsockname())
    proxy = await house.proxy(f"http://127.0.0.1:{sock.getsockname()[1]}", connect_timeout_seconds=0.3)
    client = await house.client(proxy)

    await client.send(GET)
    head, _ = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 504 Gateway Timeout\r\n")
    for opened in (sock, *fillers):
        opened.close()


async def test_every_address_of_the_name_is_tried(house: House) -> None:
    upstream = await house.upstream(answering(answer(b"four")))
    client = await house.client(await house.proxy(f"http://localhost:{upstream.port}"))

    await client.send(GET)

    assert (await client.read_answer())[1] == b"four"


async def test_path_of_the_url_comes_before_the_target(house: House) -> None:
    upstream = await house.upstream(answering(answer()))
    client = await house.client(await house.proxy(upstream.url + "/base/"))

    await client.send(b"GET /x HTTP/1.1\r\nHost: bot\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: bot\r\n\r\n")
    await client.read_answer()
    await client.read_answer()

    assert upstream.received.startswith(b"GET /base/x HTTP/1.1\r\n")
    assert b"OPTIONS * HTTP/1.1\r\n" in upstream.received


async def test_tls_upstream_by_the_same_path(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    body = b"x" * 500_000
    upstream = await house.upstream(answering(answer(body)), tls=tls)
    client = await house.client(await house.proxy(f"https://localhost:{upstream.port}"))

    for _ in range(2):
        await client.send(GET)
        assert (await client.read_answer())[1] == body

    assert len(upstream.visits) == 1
    assert b"\r\nX-Forwarded-Proto: http\r\n" in upstream.received


async def takes_uploads(visit: Visit) -> None:
    """Answer every request when its body is whole."""
    while True:
        length = (await visit.read_head()).partition(b"Content-Length: ")[2].partition(b"\r\n")[0]
        await visit.read_exactly(int(length))
        await visit.send(answer())


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_large_uploads_follow_each_other(house: House, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    upstream = await house.upstream(takes_uploads, tls=tls if scheme == "https" else None)
    client = await house.client(await house.proxy(f"{scheme}://localhost:{upstream.port}"))

    for size in (100_000, 100_000, 500_000, 2_000_000):
        await client.send(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: %d\r\n\r\n" % size + bytes(size))
        assert (await client.read_answer())[1] == b"hello"

    assert len(upstream.visits) == 1


async def test_tls_upstream_of_another_name_is_502(house: House) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    upstream = await house.upstream(answering(answer()), tls=tls)
    client = await house.client(await house.proxy(f"https://localhost:{upstream.port}"))

    await client.send(GET)

    assert (await client.read_answer())[0].startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


async def test_idle_connection_that_speaks_is_closed(house: House) -> None:
    upstream = await house.upstream(answering(answer()))
    client = await house.client(await house.proxy(upstream))
    await client.send(GET)
    await client.read_answer()

    await upstream.visits[0].send(answer(b"nobody asked"))
    await until(upstream.visits[0].is_over.is_set, "the connection is closed")
    await client.send(GET)

    assert (await client.read_answer())[1] == b"hello"
    assert len(upstream.visits) == 2


async def test_upstream_that_closes_at_once_is_502_each_time(house: House) -> None:
    async def script(visit: Visit) -> None:
        """Close without a word."""

    client = await house.client(await house.proxy(await house.upstream(script)))

    for _ in range(3):
        await client.send(POST)
        assert (await client.read_answer())[0].startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


async def test_request_of_a_client_that_left_at_once_ends_upstream(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.until_closed()

    upstream = await house.upstream(script)
    proxy = await house.proxy(upstream)
    first = await house.client(proxy)
    await first.send(GET)
    await until(lambda: upstream.visits, "the first request, which finds the address")

    for number in range(1, 6):
        async with proxy.client() as client:
            await client.send(GET)
        await until(lambda number=number: len(upstream.visits) > number, "the request")
        await until(upstream.visits[number].is_over.is_set, "its end")
