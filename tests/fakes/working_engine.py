"""A worker with everything around it in memory, for the worker's tests."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from config.errors import UnavailableError
from scorer.protocols import Job, JobKind, JobOutcome, Lease
from scorer.queue.memory import MemoryQueue
from scorer.worker import Worker
from tests.fakes.copied import make_copy_bytes
from tests.fakes.observer import FakeObserver
from tests.fakes.scorer import FakeScorer
from tests.fakes.sink import FakeSink
from tests.fakes.waiting import PROMPTLY_SECONDS, until

ATTEMPTS = 2


class RecordingQueue(MemoryQueue):
    """Notes in which order things happened, and can refuse acks."""

    def __init__(self, sink: FakeSink, clock: Callable[[], float]) -> None:
        super().__init__(1 << 30, 100, clock)
        self._sink = sink
        self.saved_before_ack: list[bool] = []
        self.extended: list[str] = []
        self.released_seconds: list[float] = []
        self.ack_error: UnavailableError | None = None
        self.most_leased = 0

    async def ack(self, leases: Sequence[Lease]) -> None:
        if self.ack_error is not None:
            raise self.ack_error
        self.saved_before_ack += [lease.job.id in self._sink.saved for lease in leases]
        await super().ack(leases)

    async def lease(self, limit: int, lease_seconds: float) -> list[Lease]:
        leases = await super().lease(limit, lease_seconds)
        self.most_leased = max(self.most_leased, len(leases))
        return leases

    async def extend(self, lease: Lease, lease_seconds: float) -> None:
        self.extended.append(lease.job.id)
        await super().extend(lease, lease_seconds)

    async def release(self, lease: Lease, delay_seconds: float) -> None:
        self.released_seconds.append(delay_seconds)
        await super().release(lease, delay_seconds)


class WorkingEngine:
    """A worker with everything around it."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.sink = FakeSink()
        self.queue = RecordingQueue(self.sink, clock)
        self.pool = FakeScorer()
        self.observer = FakeObserver()
        self.stop = asyncio.Event()

    @asynccontextmanager
    async def working(self, **options: float) -> AsyncIterator[Worker]:
        worker = Worker(
            self.queue,
            self.pool,
            self.sink,
            self.observer,
            ATTEMPTS,
            **{"first_pause_seconds": 0.01, "longest_pause_seconds": 0.05, "finish_seconds": 5.0} | options,  # type: ignore[arg-type]  # numbers only
            rng=random.Random(1),
        )
        async with asyncio.TaskGroup() as group:
            running = group.create_task(worker.run(self.stop))
            try:
                yield worker
            finally:
                self.stop.set()
                await asyncio.wait_for(running, PROMPTLY_SECONDS)

    async def put(self, *ids: str, kind: JobKind = JobKind.EVALUATE) -> None:
        await self.queue.put([Job(id_, kind, make_copy_bytes(index)) for index, id_ in enumerate(ids)])

    async def counted(self, outcome: JobOutcome, count: int = 1) -> None:
        await until(lambda: self.observer.jobs[outcome] >= count)

    async def depth(self) -> int:
        return (await self.queue.stats()).depth
