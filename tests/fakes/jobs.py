"""Jobs for tests of queues, and leasing them."""

import asyncio

from scorer.protocols import Job, JobKind, Lease, Queue
from tests.fakes.waiting import PROMPTLY_SECONDS

LEASE_SECONDS = 60.0


def make_job(id_: str, size: int = 10) -> Job:
    return Job(id_, JobKind.EXCHANGE, id_.encode().ljust(size, b"."))


async def lease_one(queue: Queue) -> Lease:
    """Return a lease, waiting where it is the servers' clock that makes the job due."""
    async with asyncio.timeout(PROMPTLY_SECONDS):
        while not (leases := await queue.lease(1, LEASE_SECONDS)):
            await queue.wait(0.05)
    (lease,) = leases
    return lease


async def leased_ids(queue: Queue, limit: int = 100) -> list[str]:
    return [lease.job.id for lease in await queue.lease(limit, LEASE_SECONDS)]
