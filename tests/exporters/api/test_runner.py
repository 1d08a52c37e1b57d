"""What is not HTTP is answered as a problem, and neither told back nor logged."""

import asyncio
import json
import logging
from typing import Any

import pytest

from exporters.api.app import LINE_LIMIT_BYTES
from tests.fakes.admin import Admin

SECRET = "endk-very-secret"


async def exchange(admin: Admin, data: bytes) -> tuple[str, dict[str, str], Any]:
    """Send bytes; return the status line, the headers by lower-case name, and the body's JSON."""
    reader, writer = await asyncio.open_connection(admin.client.host, admin.client.port)
    try:
        writer.write(data)
        async with asyncio.timeout(30):
            answer = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return status, headers, json.loads(body)


BROKEN = {
    "a header with a NUL": f"GET /v1/services HTTP/1.1\r\nHost: x\r\nX-API-Key: {SECRET}\0\r\n\r\n".encode(),
    "a method that is none": f"G\x01T /{SECRET} HTTP/1.1\r\n\r\n".encode(),
    "no HTTP at all": f"{SECRET}\r\n\r\n".encode(),
    "a line without end": f"GET /{SECRET}{'x' * (LINE_LIMIT_BYTES + 1)} HTTP/1.1\r\n\r\n".encode(),
    "a header without end": f"GET / HTTP/1.1\r\nX-API-Key: {SECRET}{'x' * 20_000}\r\n\r\n".encode(),
    "two lengths": f"POST /{SECRET} HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".encode(),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_not_http_is_a_problem_that_tells_nothing_back(
    admin: Admin, name: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        status, headers, problem = await exchange(admin, BROKEN[name])

    assert status == "HTTP/1.0 400 Bad Request"
    assert headers["content-type"].startswith("application/problem+json")
    assert headers["server"] == "endurance"
    assert (problem["status"], problem["title"]) == (400, "Bad Request")
    assert SECRET not in json.dumps(problem) + caplog.text + capsys.readouterr().out


async def test_a_long_line_within_the_limit_is_read(admin: Admin) -> None:
    words = "x" * 100_000

    answer = await admin.get(f"/v1/sessions?q={words}", 400)

    assert answer["errors"][0]["field"] == "q"


async def test_requests_on_one_connection_go_on_as_ever(admin: Admin) -> None:
    for _ in range(3):
        assert (await admin.get("/health"))["status"] == "healthy"
