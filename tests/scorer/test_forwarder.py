"""The forwarder: a job leaves the spool when the bus has it, waits while it has not, and is lost in neither case."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from config.errors import QueueFullError, TooLargeError, UnavailableError
from config.settings import SpoolSettings
from scorer.forwarder import Forwarder
from scorer.model import CaptureOutcome
from scorer.protocols import Lease
from scorer.queue.jetstream import JetStreamQueue
from scorer.queue.jetstream_bus import Bus
from scorer.queue.memory import MemoryQueue
from scorer.queue.spool import Spool
from tests.fakes.jobs import lease_one, leased_ids, make_job
from tests.fakes.nats_server import NatsServer, require_nats, running, stream_settings
from tests.fakes.observer import FakeObserver
from tests.fakes.waiting import PROMPTLY_SECONDS, until


class FakeTaker:
    """Takes jobs, or raises what it was told to."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.error: UnavailableError | None = None
        self.refusals = 0
        self.too_large: set[str] = set()

    async def forward(self, leases: Sequence[Lease]) -> None:
        if self.error is not None:
            self.refusals += 1
            raise self.error
        if any(lease.job.id in self.too_large for lease in leases):
            raise TooLargeError("larger than max_payload")
        self.taken += [lease.job.id for lease in leases]


class Forwarding:
    def __init__(self) -> None:
        self.spool = MemoryQueue(1 << 20, 10)
        self.taker = FakeTaker()
        self.observer = FakeObserver()
        self.stop = asyncio.Event()
        self.forwarder = Forwarder(self.spool, self.taker, self.observer, random.Random(1))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.forwarder.run(self.stop))
            try:
                yield
            finally:
                self.stop.set()
                await asyncio.wait_for(task, PROMPTLY_SECONDS)

    async def depth(self) -> int:
        return (await self.spool.stats()).depth


async def test_what_the_bus_took_leaves_the_spool_in_order() -> None:
    one = Forwarding()
    await one.spool.put([make_job(f"j{number:03}") for number in range(200)])

    async with one.running():
        await until(lambda: one.forwarder.forwarded == 200)

    assert one.taker.taken == [f"j{number:03}" for number in range(200)]
    assert await one.depth() == 0


async def test_nothing_leaves_the_spool_while_the_bus_is_full_and_all_of_it_when_there_is_room() -> None:
    one = Forwarding()
    one.taker.error = QueueFullError("the stream takes no more")
    await one.spool.put([make_job("a")])

    async with one.running():
        await until(lambda: one.taker.refusals >= 2)
        held = await one.depth()
        one.taker.error = None
        await until(lambda: one.forwarder.forwarded == 1)

    assert held == 1
    assert one.taker.taken == ["a"]


async def test_a_stop_while_the_bus_is_away_leaves_the_job_due_and_its_attempts_uncounted() -> None:
    one = Forwarding()
    one.taker.error = UnavailableError("the bus is away")
    await one.spool.put([make_job("a")])

    async with one.running():
        await until(lambda: one.taker.refusals >= 1)

    lease = await lease_one(one.spool)
    assert (lease.job.id, lease.attempt) == ("a", 1)


async def test_a_job_that_can_never_be_sent_holds_up_no_other() -> None:
    one = Forwarding()
    one.taker.too_large = {"b"}
    await one.spool.put([make_job(id_) for id_ in "abc"])

    async with one.running():
        await until(lambda: one.forwarder.forwarded == 2)

    assert one.taker.taken == ["a", "c"]
    assert [letter.job.id for letter in await one.spool.dead_letters()] == ["b"]
    assert one.observer.captures[CaptureOutcome.DROPPED] == 1


async def test_drain_sends_what_is_left_after_the_stop() -> None:
    one = Forwarding()
    await one.spool.put([make_job(f"j{number}") for number in range(100)])

    await one.forwarder.drain(PROMPTLY_SECONDS)

    assert await one.depth() == 0
    assert len(one.taker.taken) == 100


async def test_drain_gives_up_at_its_limit_and_keeps_what_it_could_not_send() -> None:
    one = Forwarding()
    one.taker.error = UnavailableError("the bus is away")
    await one.spool.put([make_job("a")])

    await one.forwarder.drain(0.05)

    assert await one.depth() == 1


async def test_a_spool_outlives_the_bus_and_every_job_arrives_once(tmp_path: Path) -> None:
    require_nats()
    settings = stream_settings()
    server = NatsServer(tmp_path / "nats")
    spool = await Spool.open(tmp_path / "spool.db", SpoolSettings())
    bus = Bus(server.url, settings, "test")
    with running(server):
        await bus.open()
        queue = await JetStreamQueue.open(bus, settings)
        stop = asyncio.Event()
        forwarder = Forwarder(spool, queue, FakeObserver(), random.Random(1))
        async with asyncio.TaskGroup() as group:
            group.create_task(forwarder.run(stop))
            await spool.put([make_job(f"a{number}") for number in range(20)])
            await until(lambda: forwarder.forwarded == 20)
            server.stop()
            await spool.put([make_job(f"b{number}") for number in range(20)])
            server.start()
            await until(lambda: forwarder.forwarded >= 40)
            stop.set()

        ids = await leased_ids(queue)
        await queue.close()
        await bus.close()
    await spool.close()

    assert sorted(ids) == sorted([f"{letter}{number}" for letter in "ab" for number in range(20)])
