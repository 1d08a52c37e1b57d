"""The queue of one machine that shares its work: puts go to the spool in front, everything else is the bus's.

Somebody else forwards from the spool (`scorer/forwarder.py`) and opens and closes both.
"""

from collections.abc import Callable, Sequence

from scorer.protocols import Job, Lease, LettersErased, Queue, QueueStats
from scorer.tasks import wait_all


class ForwardedQueue:
    """Implements `scorer.protocols.Queue`."""

    def __init__(self, spool: Queue, bus_queue: Queue) -> None:
        self._spool = spool
        self._bus_queue = bus_queue

    async def put(self, jobs: Sequence[Job]) -> None:
        """Make the jobs durable on this machine."""
        await self._spool.put(jobs)

    async def lease(self, limit: int, lease_seconds: float) -> list[Lease]:
        """Return up to `limit` jobs from the bus."""
        return await self._bus_queue.lease(limit, lease_seconds)

    async def wait(self, timeout_seconds: float) -> None:
        """Return when the bus may have work, or after the time-out."""
        await self._bus_queue.wait(timeout_seconds)

    async def extend(self, lease: Lease, lease_seconds: float) -> None:
        """Keep a job that takes longer."""
        await self._bus_queue.extend(lease, lease_seconds)

    async def ack(self, leases: Sequence[Lease]) -> None:
        """Forget the jobs."""
        await self._bus_queue.ack(leases)

    async def nack(self, lease: Lease, delay_seconds: float, reason: str) -> None:
        """Put the job back on the bus."""
        await self._bus_queue.nack(lease, delay_seconds, reason)

    async def release(self, lease: Lease, delay_seconds: float) -> None:
        """Put the job back on the bus without counting the attempt."""
        await self._bus_queue.release(lease, delay_seconds)

    async def bury(self, lease: Lease, reason: str) -> None:
        """Make the job a dead letter on the bus."""
        await self._bus_queue.bury(lease, reason)

    async def erase_dead_letters(self, is_kept: Callable[[Job], bool], put_before: float) -> LettersErased:
        """Take the words out of the dead letters of both."""
        here, there = await wait_all(*(queue.erase_dead_letters(is_kept, put_before) for queue in self._both()))
        return LettersErased(here.letters + there.letters, here.files_aside + there.files_aside)

    async def stats(self) -> QueueStats:
        """Return depth, dead letters and age of both together; size and damage are the spool's."""
        here, there = await wait_all(*(queue.stats() for queue in self._both()))
        return QueueStats(
            depth=here.depth + there.depth,
            dead=here.dead + there.dead,
            size_bytes=here.size_bytes,
            oldest_seconds=max(here.oldest_seconds, there.oldest_seconds),
            damaged=here.damaged,
            leased=there.leased,
        )

    async def close(self) -> None:
        """Both are closed by whoever opened them."""

    def _both(self) -> tuple[Queue, Queue]:
        return self._spool, self._bus_queue
