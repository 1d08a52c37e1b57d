"""Puts jobs into the stream: all that a proxy may do on the bus, and half of what a worker does.

A put has returned only when the replicas have the job (PubAck). It is not all or nothing: a put that failed may have
taken some, and the same put again keeps each of them once.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from config.errors import EnduranceError, TooLargeError
from scorer.protocols import Job, Lease
from scorer.queue.jetstream_bus import Bus
from scorer.queue.jetstream_job import headers_of
from scorer.queue.jetstream_setup import Names
from scorer.tasks import wait_all

WIDTH = 64
"""Publishes that wait for their PubAck at once; the servers take them in the order in which they were sent."""


class JobSender:
    """Sends to one installation's stream; `limit_bytes` is what one job may have at most."""

    def __init__(self, bus: Bus, names: Names, limit_bytes: int, clock: Callable[[], float] = time.time) -> None:
        self._bus = bus
        self._names = names
        self._limit_bytes = limit_bytes
        self._clock = clock
        self._places = asyncio.Semaphore(WIDTH)

    async def put(self, jobs: Sequence[Job]) -> None:
        """Make the jobs durable. Raises QueueFullError, TooLargeError (none was taken), UnavailableError."""
        now = self._clock()
        await self._send_all([(job, now) for job in jobs])

    async def forward(self, leases: Sequence[Lease]) -> None:
        """Make leased jobs durable here, with the moment at which they were first put. Raises as `put` does."""
        await self._send_all([(lease.job, lease.enqueued_at) for lease in leases])

    async def _send_all(self, jobs: Sequence[tuple[Job, float]]) -> None:
        limit = min(self._limit_bytes, self._bus.payload_limit_bytes if self._bus.is_connected else self._limit_bytes)
        if any(len(job.payload) > limit for job, _ in jobs):
            raise TooLargeError(f"a job is larger than the {limit} bytes that the bus takes (max_payload, limit_bytes)")
        for error in await wait_all(*(self._send(job, put_at) for job, put_at in jobs)):
            if error is not None:
                raise error

    async def _send(self, job: Job, put_at: float) -> EnduranceError | None:
        """Send one; an error is returned, so that the others are not cut off by it."""
        async with self._places:
            try:
                await self._bus.store(self._names.jobs, job.payload, headers_of(job, put_at))
            except EnduranceError as error:
                return error
        return None
