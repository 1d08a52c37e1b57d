"""The queue on NATS JetStream keeps the contract, on a real server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.errors import UnavailableError
from config.jetstream import JetStreamSettings
from scorer.protocols import Job, JobKind
from scorer.queue.jetstream import JetStreamQueue
from scorer.queue.jetstream_bus import Bus
from scorer.queue.jetstream_setup import Names
from tests.fakes.clock import ManualClock
from tests.fakes.jobs import ids_when_due, lease_one, lease_when_due, leased_ids, make_job
from tests.fakes.nats_server import NatsServer, opened_bus, running, stream_settings
from tests.fakes.waiting import until
from tests.scorer.queue import contract

clock = contract.clock
LEASE_SECONDS = 1.5
OVERHEAD_BYTES = 250
"""Subject and headers, which the servers count."""


@pytest.fixture
def settings() -> JetStreamSettings:
    return stream_settings(
        lease_seconds=LEASE_SECONDS,
        limit_bytes=contract.LIMIT_BYTES + OVERHEAD_BYTES,
        dead_letter_limit=contract.DEAD_LETTER_LIMIT,
        dead_letter_limit_bytes=contract.LIMIT_BYTES + 2 * OVERHEAD_BYTES,
    )


@pytest.fixture
async def bus(nats_server: NatsServer, settings: JetStreamSettings) -> AsyncIterator[Bus]:
    async with opened_bus(nats_server.url, settings) as bus:
        yield bus


@pytest.fixture
async def queue(bus: Bus, settings: JetStreamSettings, clock: ManualClock) -> AsyncIterator[JetStreamQueue]:
    queue = await JetStreamQueue.open(bus, settings, clock)
    yield queue
    await queue.close()


class TestJetStreamQueue(contract.QueueContract):
    """`clock` tells when things were put and buried; when a job is due the server decides, by its own."""

    remembers_acked_ids = True
    overhead_limit_bytes = OVERHEAD_BYTES


async def test_several_queues_share_the_work_and_none_gets_the_others_jobs(
    bus: Bus, settings: JetStreamSettings, queue: JetStreamQueue
) -> None:
    other = await JetStreamQueue.open(bus, settings)
    await queue.put([make_job(id_) for id_ in "abcd"])

    mine, theirs = await lease_when_due(queue, 2), await ids_when_due(other, 2)

    assert ([lease.job.id for lease in mine], theirs) == (["a", "b"], ["c", "d"])
    await other.close()


async def test_a_job_that_is_extended_stays_with_its_worker(queue: JetStreamQueue) -> None:
    await queue.put([make_job("a")])
    lease = await lease_one(queue)
    loop = asyncio.get_running_loop()
    end = loop.time() + 2 * LEASE_SECONDS

    while loop.time() < end:
        await queue.extend(lease, 60)
        assert await leased_ids(queue) == []
        await queue.wait(0.1)

    await queue.ack([lease])
    assert (await queue.stats()).depth == 0


async def test_a_job_released_again_and_again_counts_none_of_it(queue: JetStreamQueue) -> None:
    await queue.put([make_job("a")])

    attempts = []
    for _ in range(4):
        lease = await lease_one(queue)
        attempts.append(lease.attempt)
        await queue.release(lease, 0)
    await queue.nack(await lease_one(queue), 0, "ScoringError")

    assert attempts == [1, 1, 1, 1]
    assert (await lease_one(queue)).attempt == 2


async def test_what_nobody_took_is_given_back_uncounted_at_the_close(
    bus: Bus, settings: JetStreamSettings, queue: JetStreamQueue
) -> None:
    waiting = asyncio.ensure_future(queue.wait(60))
    await asyncio.sleep(0)
    await queue.put([make_job("a")])
    await waiting  # the job lies in `queue`, unasked for
    other = await JetStreamQueue.open(bus, settings)

    await queue.close()

    lease = await lease_one(other)
    assert (lease.job.id, lease.attempt) == ("a", 1)
    await other.close()


async def test_a_message_that_is_not_ours_is_a_job_that_can_be_buried(
    bus: Bus, settings: JetStreamSettings, queue: JetStreamQueue
) -> None:
    await bus.ask(Names(settings.stream).jobs, b"not an exchange")

    await queue.bury(await lease_one(queue), "unreadable")

    (letter,) = await queue.dead_letters()
    assert (letter.job.id, letter.job.kind, letter.job.payload) == ("foreign-1", JobKind.EXCHANGE, b"not an exchange")


async def test_an_id_may_hold_anything_but_a_surrogate(queue: JetStreamQueue) -> None:
    id_ = "ü\r\nNats-Rollup: all:\0 %41"
    await queue.put([Job(id_, JobKind.EVALUATE, b"{}")])

    lease = await lease_one(queue)

    assert lease.job == Job(id_, JobKind.EVALUATE, b"{}")


async def test_jobs_and_letters_are_there_after_the_server_was_killed(tmp_path: Path) -> None:
    settings = stream_settings(lease_seconds=1.5)
    server = NatsServer(tmp_path / "nats")
    with running(server):
        async with opened_bus(server.url, settings) as bus:
            queue = await JetStreamQueue.open(bus, settings)
            await queue.put([make_job("dead"), make_job("a"), make_job("b")])
            await queue.bury(await lease_one(queue), "poison")
            await lease_one(queue)

            server.stop()
            server.start()
            server.wait_healthy()
            await until(lambda: bus.is_connected and bus.connections > 1)

            assert [letter.job.id for letter in await queue.dead_letters()] == ["dead"]
            leased = {(await lease_one(queue)).job.id for _ in range(2)}
            assert leased == {"a", "b"}
            await queue.close()


async def test_an_absent_bus_is_passing(tmp_path: Path) -> None:
    settings = stream_settings()
    server = NatsServer(tmp_path / "nats")
    bus = Bus(server.url, settings, "test")
    await bus.open(open_seconds=0.2)
    queue = await JetStreamQueue.open(bus, settings)

    with pytest.raises(UnavailableError, match="away"):
        await queue.put([make_job("a")])
    with pytest.raises(UnavailableError, match="away"):
        await queue.lease(1, 60)
    with running(server):
        await until(lambda: bus.is_connected)
        await queue.put([make_job("a")])
        assert await ids_when_due(queue, 1) == ["a"]
        await queue.close()
        await bus.close()


async def test_streams_that_were_taken_away_are_made_again(
    bus: Bus, settings: JetStreamSettings, queue: JetStreamQueue
) -> None:
    await bus.call(f"STREAM.DELETE.{settings.stream}")
    with pytest.raises(UnavailableError):
        await queue.put([make_job("lost")])

    await queue.put([make_job("a")])

    assert await ids_when_due(queue, 1) == ["a"]
