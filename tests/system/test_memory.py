"""What the whole process tree takes while much passes: bounded however long a body, small for each open stream."""

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.fakes.process_tree import forget_peaks, pids_of, resident_bytes
from tests.fakes.product import Product, running_product
from tests.fakes.raw_client import RawClient
from tests.fakes.upstream import FakeUpstream, Visit

pytestmark = pytest.mark.system

MEBIBYTE = 1024 * 1024
BODY_BYTES = 50 * MEBIBYTE
TRANSFERS = 4
"""Of each direction, at the same time."""
TREE_LIMIT_BYTES = 32 * MEBIBYTE
"""Over the memory at rest, all processes together: less than one of the eight bodies (measured: 11 MB)."""
STREAMS = 2000
STREAM_LIMIT_BYTES = 15_000
"""The design's target for the proxy process."""
OTHERS_LIMIT_BYTES = 8 * MEBIBYTE
"""What the other processes may grow meanwhile: they hold nothing of an open stream."""
QUESTION = b'{"message": "What is the fee?"}'


async def chat(visit: Visit) -> None:
    """Answer a question, take a long body, or send one; by the path."""
    while True:
        head = await visit.reader.readuntil(b"\r\n\r\n")
        match head.split(b" ", 2)[1]:
            case b"/up":
                for _ in range(BODY_BYTES // MEBIBYTE):
                    await visit.reader.readexactly(MEBIBYTE)
                await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole")
            case b"/down":
                await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BODY_BYTES)
                for _ in range(BODY_BYTES // MEBIBYTE):
                    await visit.send(bytes(MEBIBYTE))
            case b"/stream":
                await visit.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                 b"Transfer-Encoding: chunked\r\n\r\nb\r\ndata: one\n\n\r\n")  # fmt: skip
                await visit.until_closed()
                return
            case _:
                await visit.reader.readexactly(len(QUESTION))
                answer = b'{"response": "Ten rupees."}'
                await visit.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                 b"Content-Length: %d\r\n\r\n" % len(answer) + answer)  # fmt: skip


@contextlib.asynccontextmanager
async def warm_product(folder: Path) -> AsyncIterator[Product]:
    """The product in front of that bot, with every scoring process in use before: models loaded, memory settled."""
    async with FakeUpstream(chat) as bot, running_product(folder, bot.url) as product:
        for _ in range(20):
            answer = await product.client.post(
                f"{product.traffic_url}/chat", content=QUESTION, headers={"content-type": "application/json"}
            )
            assert answer.status_code == 200
        await product.wait_scored(20)
        yield product


def port_of(product: Product) -> int:
    return int(product.traffic_url.rpartition(":")[2])


async def upload(port: int) -> None:
    async with RawClient(port) as client:
        await client.send(b"POST /up HTTP/1.1\r\nHost: bot\r\nContent-Length: %d\r\n\r\n" % BODY_BYTES)
        for _ in range(BODY_BYTES // MEBIBYTE):
            await client.send(bytes(MEBIBYTE))
        assert (await client.read_answer())[1] == b"whole"


async def download(port: int) -> None:
    async with RawClient(port) as client:
        await client.send(b"GET /down HTTP/1.1\r\nHost: bot\r\n\r\n")
        await client.read_head()
        received = 0
        while received < BODY_BYTES:
            received += len(await client.read(MEBIBYTE))
        assert received == BODY_BYTES


async def test_long_bodies_both_ways_leave_the_whole_tree_small(tmp_path: Path) -> None:
    async with warm_product(tmp_path) as product:
        pids = pids_of(product)
        assert set(pids.values()) == {"supervisor", "proxy", "engine", "score"}
        forget_peaks(pids)
        at_rest = {pid: resident_bytes(pid) for pid in pids}

        transfers = [way(port_of(product)) for _ in range(TRANSFERS) for way in (upload, download)]
        await asyncio.gather(*transfers)

        grown = {pids[pid]: resident_bytes(pid, peak=True) - at_rest[pid] for pid in pids}
        assert sum(grown.values()) < TREE_LIMIT_BYTES, grown
        assert pids_of(product) == pids


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process, and those that it starts, have enough open files."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < 5 * STREAMS:
        pytest.skip(f"this machine allows {most} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (5 * STREAMS, most))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))


@pytest.mark.usefixtures("many_files")
async def test_thousands_of_open_streams_leave_the_whole_tree_small(tmp_path: Path) -> None:
    async with warm_product(tmp_path) as product, contextlib.AsyncExitStack() as stack:
        pids = pids_of(product)
        forget_peaks(pids)
        at_rest = {pid: resident_bytes(pid) for pid in pids}
        clients = [await stack.enter_async_context(RawClient(port_of(product))) for _ in range(STREAMS)]

        for client in clients:
            await client.send(b"GET /stream HTTP/1.1\r\nHost: bot\r\n\r\n")
        await asyncio.gather(*(client.read_until(b"data: one\n\n\r\n") for client in clients))

        grown = {pids[pid]: resident_bytes(pid, peak=True) - at_rest[pid] for pid in pids}
        assert grown["proxy"] < STREAMS * STREAM_LIMIT_BYTES, grown
        assert sum(grown.values()) - grown["proxy"] < OTHERS_LIMIT_BYTES, grown
