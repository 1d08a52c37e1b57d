"""Jobs for tests of queues, and leasing them."""

import asyncio

from scorer.protocols import Job, JobKind, Lease, Queue
from tests.fakes.waiting import PROMPTLY_SECONDS

LEASE_SECONDS = 60.0


def make_job(id_: str, size: int = 10) -> Job:
    return Job(id_, JobKind.EXCHANGE, id_.encode().ljust(size, b"."))


async def lease_when_due(queue: Queue, count: int) -> list[Lease]:
    """Return that many leases, waiting where servers have the queue: they acknowledge a put before it is due."""
    leases: list[Lease] = []
    async with asyncio.timeout(PROMPTLY_SECONDS):
        while len(leases) < count:
            leases += await queue.lease(count - len(leases), LEASE_SECONDS)
            if len(leases) < count:
                await queue.wait(0.05)
    return leases


async def lease_one(queue: Queue) -> Lease:
    (lease,) = await lease_when_due(queue, 1)
    return lease


async def ids_when_due(queue: Queue, count: int) -> list[str]:
    """Lease that many jobs and whatever is due beside them; for tests of which those are."""
    leases = await lease_when_due(queue, count)
    return [lease.job.id for lease in leases] + await leased_ids(queue)


async def leased_ids(queue: Queue, limit: int = 100) -> list[str]:
    """Return what is leased at once; where servers have the queue, for tests that nothing is."""
    return [lease.job.id for lease in await queue.lease(limit, LEASE_SECONDS)]
