"""The live feed: 500 clients at 50 saves a second, and the replay of 10,000 missed rows.

The admin port with its feed and store runs in a process of its own; the clients read raw sockets in this one.
"""

import argparse
import asyncio
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from config.settings import FeedSettings
from tests.fakes.admin import running_admin
from tests.fakes.evaluations import make_evaluation

CLIENTS = 500
PER_SECOND = 50
SECONDS = 30
QUICK_SECONDS = 8
REPLAYED = 10_000
REPLAYS = 5
_SENT_AT = re.compile(rb'"query":"at (\d+\.\d+)"')
_REQUEST = "GET /v1/stream{} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"


def run(quick: bool) -> dict[str, float]:
    """Return figures by name."""
    return asyncio.run(_measure(QUICK_SECONDS if quick else SECONDS))


async def _measure(seconds: int) -> dict[str, float]:
    async with _server(seconds) as (process, port):
        replays = [await _replay(port) for _ in range(REPLAYS)]
        figures = {f"replay of {REPLAYED:,} events, median (s)": statistics.median(replays)}
        return figures | await _live(process, port, seconds)


@asynccontextmanager
async def _server(seconds: int) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.feed", "--seconds", str(seconds),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process, int(await process.stdout.readline())
    finally:
        process.kill()
        await process.wait()


class _Listener(asyncio.Protocol):
    """Takes the time of every event; a row's query says when it was handed to the store."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.is_lost = False
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        now = time.time()
        whole, _, self._rest = (self._rest + data).rpartition(b"\n")
        self.delays += [now - float(at) for at in _SENT_AT.findall(whole)]

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True


async def _live(process: asyncio.subprocess.Process, port: int, seconds: int) -> dict[str, float]:
    loop, listeners = asyncio.get_running_loop(), []
    for _ in range(CLIENTS):
        transport, listener = await loop.create_connection(_Listener, "127.0.0.1", port)
        transport.write(_REQUEST.format("").encode())
        listeners.append(listener)
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    await asyncio.sleep(seconds / 3)
    early, cpu_early = _resident_mb(process.pid), _cpu_seconds(process.pid)
    await asyncio.sleep(seconds / 3)
    used = _cpu_seconds(process.pid) - cpu_early
    expected = seconds * PER_SECOND
    deadline = loop.time() + seconds
    while min(len(one.delays) for one in listeners) < expected and loop.time() < deadline:
        await asyncio.sleep(0.1)
    late = _resident_mb(process.pid)
    delays = sorted(delay for one in listeners for delay in one.delays)
    return {
        f"{CLIENTS} clients, {PER_SECOND} saves/s: delivered (share)": len(delays) / (expected * CLIENTS),
        "clients cut off": float(sum(one.is_lost for one in listeners)),
        "delivery p50 (ms)": 1000 * statistics.median(delays),
        "delivery p99 (ms)": 1000 * delays[int(len(delays) * 0.99)],
        "processor time of the engine (share of a core)": used / (seconds / 3),
        "memory after a third (MB)": early,
        "memory at the end (MB)": late,
    }


async def _replay(port: int) -> float:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    started_at = time.perf_counter()
    writer.write(_REQUEST.format("?last_event_id=w1:0").encode())
    seen, rest = 0, b""
    while seen < REPLAYED and not reader.at_eof():
        whole, _, rest = (rest + await reader.read(1 << 18)).rpartition(b"\n")
        seen += whole.count(b"event: session")
    seconds = time.perf_counter() - started_at
    writer.close()
    if seen < REPLAYED:
        raise RuntimeError(f"the feed ended after {seen} of {REPLAYED} events")
    return seconds


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _serve(seconds: int) -> None:
    """Be the engine: fill the record, tell the port, wait for a line, then save at an even pace."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_admin(Path(folder), feed_settings=FeedSettings()) as admin:
            for first in range(0, REPLAYED, 500):
                rows = [make_evaluation(number) for number in range(first, first + 500)]
                await asyncio.gather(*map(admin.store.save, rows))
            print(urlsplit(str(admin.client.make_url("/"))).port, flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            loop = asyncio.get_running_loop()
            started_at = loop.time()
            for number in range(seconds * PER_SECOND):
                await asyncio.sleep(max(0.0, started_at + number / PER_SECOND - loop.time()))
                await admin.save(make_evaluation(REPLAYED + number, query=f"at {time.time():.6f}"))
            await asyncio.sleep(seconds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, required=True)
    uvloop.run(_serve(parser.parse_args().seconds))
