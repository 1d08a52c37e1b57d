"""The probe port, at the level of bytes; what it says of the proxy's state stands in `test_server.py`."""

import pytest

from tests.fakes.raw_client import RawClient
from tests.proxy.conftest import House


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /health HTTP/1.1\r\nHost: p\r\n\r\n", b"200 OK"),
        (b"GET /ready?verbose HTTP/1.0\r\n\r\n", b"200 OK"),
        (b"GET / HTTP/1.1\r\nHost: p\r\n\r\n", b"404 Not Found"),
        (b"POST /ready HTTP/1.1\r\nHost: p\r\n\r\n", b"405 Method Not Allowed"),
        (b"GET /health HTTP/1.1\r\n\r\n", b"400 Bad Request"),
        (b"GET /" + b"x" * 70_000, b"431 Request Header Fields Too Large"),
    ],
)
async def test_probe_is_answered_once(house: House, request_bytes: bytes, status: bytes) -> None:
    proxy = await house.proxy("http://127.0.0.1:1")

    async with RawClient(proxy.probe_port) as client:
        for half in (request_bytes[:10], request_bytes[10:]):
            await client.send(half)
        received = await client.read_to_end()

    assert received.startswith(b"HTTP/1.1 " + status + b"\r\n")
    assert b"\r\nConnection: close\r\n" in received


async def test_head_is_answered_without_a_body(house: House) -> None:
    proxy = await house.proxy("http://127.0.0.1:1")

    async with RawClient(proxy.probe_port) as client:
        await client.send(b"HEAD /health HTTP/1.1\r\nHost: p\r\n\r\n")
        received = await client.read_to_end()

    assert b"Content-Length: 21\r\n" in received
    assert received.endswith(b"\r\n\r\n")
