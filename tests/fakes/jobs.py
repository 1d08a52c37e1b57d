"""Jobs for tests of queues, and leasing them."""

from scorer.protocols import Job, JobKind, Lease, Queue

LEASE_SECONDS = 60.0


def make_job(id_: str, size: int = 10) -> Job:
    return Job(id_, JobKind.EXCHANGE, id_.encode().ljust(size, b"."))


async def lease_one(queue: Queue) -> Lease:
    (lease,) = await queue.lease(1, LEASE_SECONDS)
    return lease


async def leased_ids(queue: Queue, limit: int = 100) -> list[str]:
    return [lease.job.id for lease in await queue.lease(limit, LEASE_SECONDS)]
