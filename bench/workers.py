"""Workers on one stream: scored exchanges per second, the lag at the end, and CPU per exchange, for one worker and two.

Real processes over loopback with one scoring process each; NATS, the store and this client share the machine's cores,
so the ratio to one worker says how far this machine goes, and the CPU per exchange what another would need. Where
MongoDB is stood in for by another server the figures say so.
"""

import asyncio
import os
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import httpx

from config.jetstream import JetStreamSettings
from scorer.model import Capture, Document, Exchange
from scorer.protocols import Job, JobKind
from scorer.queue.jetstream import JetStreamQueue
from scorer.queue.jetstream_bus import Bus
from tests.fakes.installation import RolePart, make_part
from tests.fakes.mongo_server import running_server
from tests.fakes.nats_server import NatsServer, running
from tests.fakes.waiting import until

ANSWER = (
    "An application carries a fee of Rs 10. The Public Information Officer answers within 30 days. "
    "A first appeal is made within 30 days of the answer, to the officer senior in rank. No fee is taken for it."
)
DOCUMENT = (
    "An application under the Act shall be accompanied by an application fee of rupees ten. The Public Information "
    "Officer shall, within thirty days of the receipt of the request, either provide the information or reject it. "
    "A first appeal lies to an officer senior in rank within thirty days."
)
COUNTS = (1, 2)


def run(quick: bool) -> dict[str, float | str]:
    """Return figures by name."""
    return asyncio.run(_measure(60 if quick else 600))


async def _measure(exchanges: int) -> dict[str, float | str]:
    figures: dict[str, float | str] = {}
    with tempfile.TemporaryDirectory() as name, running_server(Path(name)) as mongo:
        if mongo is None:
            raise RuntimeError(
                "no MongoDB to save to: set MONGODB_URI or install what tests/fakes/mongo_server.py names"
            )
        figures["store"] = f"{mongo.source.rpartition('/')[2]} {mongo.capabilities['version']}"
        for count in COUNTS:
            folder = Path(name) / f"with{count}"
            nats = NatsServer(folder / "nats")
            with running(nats):
                url = mongo.url_of(f"endurance_bench_{uuid.uuid4().hex[:8]}")
                figures |= await _with_workers(folder, nats, url, count, exchanges)
    rates = [figures[f"{count} workers: scored per second"] for count in COUNTS]
    figures["2 workers to 1, ratio"] = float(rates[1]) / float(rates[0])
    return figures


async def _with_workers(
    folder: Path, nats: NatsServer, mongo_url: str, count: int, exchanges: int
) -> dict[str, float | str]:
    flags = ("--queue", nats.url, "--store", mongo_url)
    workers = [make_part(folder, "worker", f"worker{index}", flags, replicas=1) for index in range(count)]
    settings = JetStreamSettings(replicas=1, lease_seconds=5, limit_bytes=256 * 1024 * 1024)
    bus = Bus(nats.url, settings, "bench")
    await bus.open()
    queue = await JetStreamQueue.open(bus, settings)
    async with httpx.AsyncClient() as client:
        try:
            for worker in workers:
                await worker.program.start()
            for worker in workers:
                await worker.wait_ready(client)
            await _warm(queue, workers, client)
            return await _drain(queue, workers, exchanges, f"{count} workers")
        finally:
            for worker in workers:
                await worker.program.kill()
            await queue.close()
            await bus.close()


async def _warm(queue: JetStreamQueue, workers: list[RolePart], client: httpx.AsyncClient) -> None:
    """Return when every worker has scored."""

    async def have_all_scored() -> bool:
        await queue.put([_job() for _ in workers])
        name = 'endurance_jobs_total{outcome="scored"}'
        return all([(await worker.metric(client, name) or 0) > 0 for worker in workers])

    await until(have_all_scored, "every worker to score", 120)
    await _wait_empty(queue)


async def _drain(queue: JetStreamQueue, workers: list[RolePart], exchanges: int, title: str) -> dict[str, float | str]:
    before, started_at = sum(map(_cpu_seconds, workers)), time.perf_counter()
    await queue.put([_job() for _ in range(exchanges)])
    put_seconds = time.perf_counter() - started_at
    oldest_seconds = await _wait_empty(queue)
    seconds, cpu = time.perf_counter() - started_at, sum(map(_cpu_seconds, workers)) - before
    return {
        f"{title}: put on the bus per second (one server, 64 at once)": exchanges / put_seconds,
        f"{title}: scored per second": exchanges / seconds,
        f"{title}: longest lag of a backlog of {exchanges} (s)": oldest_seconds,
        f"{title}: CPU of the workers per exchange (ms)": 1000 * cpu / exchanges,
    }


async def _wait_empty(queue: JetStreamQueue) -> float:
    """Return the greatest age seen of the oldest job."""
    oldest_seconds = 0.0
    while (stats := await queue.stats()).depth:
        oldest_seconds = max(oldest_seconds, stats.oldest_seconds)
        await asyncio.sleep(0.1)
    return oldest_seconds


def _job() -> Job:
    id_ = str(uuid.uuid4())
    exchange = Exchange(
        session_id=id_,
        submission_id=id_,
        service_id="bench",
        query="How do I apply, what does it cost, and what can I do when nobody answers?",
        response=ANSWER,
        documents=(Document(id="act", content=DOCUMENT),),
        capture=Capture(format="bench"),
        timestamp=datetime.now(UTC),
    )
    return Job(id_, JobKind.EVALUATE, exchange.model_dump_json().encode())


def _cpu_seconds(part: RolePart) -> float:
    """Return what all processes of a role have used so far, user and system."""
    ticks = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended while we looked
                continue
            if int(fields[2]) == part.program.pid:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
