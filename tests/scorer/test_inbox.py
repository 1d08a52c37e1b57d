"""Between socket and queue: the bound, the order, and giving up."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from config.errors import QueueFullError
from scorer.inbox import Inbox
from scorer.protocols import Job
from scorer.queue.memory import MemoryQueue
from tests.fakes.copied import make_copy_bytes
from tests.fakes.observer import FakeObserver
from tests.fakes.waiting import until


class GatedQueue(MemoryQueue):
    """Holds every put until it is let go; refuses while `is_full`."""

    def __init__(self) -> None:
        super().__init__(1 << 30, 10)
        self.gate = asyncio.Event()
        self.is_full = False
        self.refusals = 0

    async def put(self, jobs: Sequence[Job]) -> None:
        await self.gate.wait()
        if self.is_full:
            self.refusals += 1
            raise QueueFullError("full")
        await super().put(jobs)


class Bench:
    """An inbox with its queue and the acknowledgements it gave."""

    def __init__(self, limit_bytes: int = 1 << 20) -> None:
        self.queue = GatedQueue()
        self.inbox = Inbox(self.queue, FakeObserver(), random.Random(1), limit_bytes)
        self.acknowledged: list[int] = []

    async def acknowledge(self, sequence: int) -> None:
        self.acknowledged.append(sequence)

    def storing(self) -> asyncio.Task[None]:
        return asyncio.ensure_future(self.inbox.store_all(self.acknowledge))

    async def depth(self) -> int:
        return (await self.queue.stats()).depth


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_batches_are_stored_and_acknowledged_in_order(bench: Bench) -> None:
    bench.queue.gate.set()
    for sequence in (4, 5, 6):
        await bench.inbox.add(sequence, [make_copy_bytes(sequence)])
    bench.inbox.close()

    await bench.storing()

    assert bench.acknowledged == [4, 5, 6]
    assert await bench.depth() == 3


async def test_nothing_is_acknowledged_before_the_queue_has_it(bench: Bench) -> None:
    storing = bench.storing()
    await bench.inbox.add(1, [make_copy_bytes(1)])
    await asyncio.sleep(0)
    before = list(bench.acknowledged)

    bench.queue.gate.set()
    bench.inbox.close()
    await storing

    assert before == []
    assert bench.acknowledged == [1]


async def test_a_batch_beyond_the_bound_waits_until_there_is_room() -> None:
    bench = Bench(limit_bytes=len(make_copy_bytes(1)))
    await bench.inbox.add(1, [make_copy_bytes(1)])
    adding = asyncio.ensure_future(bench.inbox.add(2, [make_copy_bytes(2)]))
    storing = bench.storing()
    await asyncio.sleep(0)
    was_waiting = not adding.done()

    bench.queue.gate.set()
    await adding
    bench.inbox.close()
    await storing

    assert was_waiting
    assert bench.acknowledged == [1, 2]


async def test_one_batch_larger_than_the_bound_is_taken() -> None:
    bench = Bench(limit_bytes=1)
    bench.queue.gate.set()

    await bench.inbox.add(1, [make_copy_bytes(1)])
    bench.inbox.close()
    await bench.storing()

    assert bench.acknowledged == [1]


async def test_an_empty_batch_is_acknowledged(bench: Bench) -> None:
    bench.queue.gate.set()
    await bench.inbox.add(1, [])
    bench.inbox.close()

    await bench.storing()

    assert bench.acknowledged == [1]


async def test_a_full_queue_after_the_peer_has_gone_ends_it_without_an_acknowledgement(bench: Bench) -> None:
    bench.queue.is_full = True
    bench.queue.gate.set()
    await bench.inbox.add(1, [make_copy_bytes(1)])
    storing = bench.storing()
    await until(lambda: bench.queue.refusals >= 2)

    bench.inbox.close()
    await storing

    assert bench.acknowledged == []
