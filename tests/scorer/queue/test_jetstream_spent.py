"""A job that was delivered as often as the servers deliver leaves the stream: anew, or as a dead letter."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from config.jetstream import JetStreamSettings
from scorer.queue.jetstream import JetStreamQueue
from scorer.queue.jetstream_bus import Bus
from tests.fakes.jobs import lease_one, make_job
from tests.fakes.nats_server import NatsServer, opened_bus, stream_settings
from tests.fakes.waiting import PROMPTLY_SECONDS


@pytest.fixture
def settings() -> JetStreamSettings:
    return stream_settings(max_deliver=10)


@pytest.fixture
async def bus(nats_server: NatsServer, settings: JetStreamSettings) -> AsyncIterator[Bus]:
    async with opened_bus(nats_server.url, settings) as bus:
        yield bus


@pytest.fixture
async def queue(bus: Bus, settings: JetStreamSettings) -> AsyncIterator[JetStreamQueue]:
    queue = await JetStreamQueue.open(bus, settings)
    yield queue
    await queue.close()


async def test_a_job_that_was_only_put_back_is_begun_anew_with_the_attempts_it_had(queue: JetStreamQueue) -> None:
    await queue.put([make_job("a")])
    await queue.nack(await lease_one(queue), 0, "ScoringError")
    for _ in range(9):
        await queue.release(await lease_one(queue), 0)

    lease = await lease_one(queue)

    assert (lease.job, lease.attempt) == (make_job("a"), 2)
    assert await depth_becomes(queue, 1)
    assert await queue.dead_letters() == []


async def test_a_job_that_no_worker_outlived_becomes_a_dead_letter_and_frees_the_stream(queue: JetStreamQueue) -> None:
    await queue.put([make_job("a")])

    for _ in range(10):
        await queue.nack(await lease_one(queue), 0, "it died")

    assert await depth_becomes(queue, 0)
    (letter,) = await queue.dead_letters()
    assert (letter.job, letter.reason) == (make_job("a"), "delivered 10 times without an end")


async def depth_becomes(queue: JetStreamQueue, depth: int) -> bool:
    """Ask for work meanwhile, as workers do: the servers find that a job is spent when it would be delivered."""
    async with asyncio.timeout(PROMPTLY_SECONDS):
        while (await queue.stats()).depth != depth:
            assert await queue.lease(1, 60) == []
            await queue.wait(0.05)
    return True
