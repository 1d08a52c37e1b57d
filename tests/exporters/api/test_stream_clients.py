"""Other people's EventSource clients, cut off at random bytes and resumed: nothing is lost and nothing comes twice."""

import asyncio
import json
import os
import random
import shutil
from collections.abc import Callable

import httpx
import httpx_sse
import pytest

from tests.fakes.admin import Admin
from tests.fakes.cutting_gate import CuttingGate
from tests.fakes.evaluations import make_evaluation
from tests.fakes.model_server import NODE_MODULES

SAVES = 120
LISTEN = "tests/clients/listen.cjs"


def cuts(seed: int, number: int) -> list[int]:
    """The first connection lives until well into the events; the others break off anywhere, also in the head."""
    rng = random.Random(seed)
    return [rng.randrange(3000, 9000), *(rng.randrange(200, 12_000) for _ in range(number - 1))]


async def save_all(admin: Admin, pause_seconds: float) -> None:
    for number in range(SAVES):
        await admin.save(make_evaluation(number, session_id=f"s{number}"))
        await asyncio.sleep(pause_seconds)


async def listen(url: str, on_init: Callable[[], None]) -> list[str]:
    """Follow the feed as the library's documentation shows, until every save was told."""
    told: list[str] = []
    last_id = ""
    while len(told) < SAVES:
        headers = {"Last-Event-ID": last_id} if last_id else {}
        try:
            async with (
                httpx.AsyncClient(timeout=10) as client,
                httpx_sse.aconnect_sse(client, "GET", url, headers=headers) as source,
            ):
                async for event in source.aiter_sse():
                    last_id = event.id or last_id
                    match event.event:
                        case "init":
                            on_init()
                        case "session":
                            told.append(event.json()["session_id"])
                        case "message":  # what the library makes of `retry` alone
                            assert (event.data, event.retry) == ("", 2000)
                        case name:
                            assert name == "ping", name
                    if len(told) == SAVES:
                        break
        except (httpx.TransportError, httpx_sse.SSEError):
            continue  # cut off
    return told


@pytest.mark.parametrize("seed", range(3))
async def test_httpx_sse_is_told_each_save_once_however_it_is_cut(admin: Admin, seed: int) -> None:
    begun = asyncio.Event()
    gate = CuttingGate(admin.client.port or 0, cuts(seed, 12))
    async with gate.running(), asyncio.timeout(60), asyncio.TaskGroup() as group:
        listening = group.create_task(listen(f"http://127.0.0.1:{gate.port}/v1/stream", begun.set))
        await begun.wait()
        await save_all(admin, 0.002)

    assert listening.result() == [f"s{number}" for number in range(SAVES)]
    assert gate.connections > 3


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_curl_shows_each_event_as_it_comes(admin: Admin) -> None:
    process = await asyncio.create_subprocess_exec(
        "curl", "--no-buffer", "--silent", str(admin.client.make_url("/v1/stream")), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            opening = await process.stdout.readuntil(b"\n\nevent: init\nid: w1:0\n")
            # Each is saved only when the one before was shown: nothing waits for a full buffer.
            for number in range(3):
                await admin.save(make_evaluation(number, session_id=f"s{number}"))
                shown = await process.stdout.readuntil(b'"session_id":"s%d"' % number)
                assert b"event: session\nid: w1:%d\n" % (number + 1) in shown
    finally:
        process.terminate()
        await process.communicate()

    assert opening.startswith(b"retry: 2000\n")


@pytest.mark.clients
async def test_eventsource_of_npm_is_told_each_save_once_however_it_is_cut(admin: Admin) -> None:
    gate = CuttingGate(admin.client.port or 0, cuts(7, 4))
    async with gate.running(), asyncio.timeout(120):
        process = await asyncio.create_subprocess_exec(
            "node", LISTEN, f"http://127.0.0.1:{gate.port}/v1/stream", str(SAVES),
            stdout=asyncio.subprocess.PIPE, env={**os.environ, "NODE_PATH": str(NODE_MODULES)},
        )  # fmt: skip
        assert process.stdout is not None
        assert json.loads(await process.stdout.readline()) == "init"
        await save_all(admin, 0.01)
        output, _ = await process.communicate()

    assert [json.loads(line) for line in output.splitlines()] == [f"s{number}" for number in range(SAVES)]
    assert gate.connections > 2
