"""Where copies wait, by what they are."""

import pytest

from config.errors import UnavailableError
from scorer import wire
from scorer.arrivals import Arrivals
from scorer.connection_table import job_of
from scorer.model import CaptureOutcome
from scorer.protocols import Job, JobKind
from scorer.queue.memory import MemoryQueue
from tests.fakes.chat_segments import make_segment
from tests.fakes.copied import make_copy_bytes
from tests.fakes.jobs import leased_ids
from tests.fakes.observer import FakeObserver

SEGMENTS = [job_of(wire.encode_exchange(make_segment(number))) for number in range(2)]
COPY = job_of(make_copy_bytes(1))
UNREADABLE = Job("unreadable", JobKind.EXCHANGE, b"\x00")


async def test_segments_wait_apart_from_all_else() -> None:
    queue, segments = MemoryQueue(1 << 20, 1), MemoryQueue(1 << 20, 1)

    await Arrivals(queue, segments, FakeObserver()).put([SEGMENTS[0], COPY, UNREADABLE, SEGMENTS[1]])

    assert await leased_ids(queue) == [COPY.id, "unreadable"]
    assert await leased_ids(segments) == [job.id for job in SEGMENTS]


async def test_full_queue_of_segments_holds_up_nobody_and_is_counted() -> None:
    queue, segments, observer = MemoryQueue(1 << 20, 1), MemoryQueue(len(SEGMENTS[0].payload), 1), FakeObserver()
    arrivals = Arrivals(queue, segments, observer)
    await arrivals.put(SEGMENTS[:1])

    await arrivals.put([COPY, SEGMENTS[1]])

    assert await leased_ids(queue) == [COPY.id]
    assert observer.captures == {CaptureOutcome.DROPPED: 1}


async def test_queue_of_segments_that_is_away_is_told() -> None:
    class Away(MemoryQueue):
        async def put(self, jobs: object) -> None:
            raise UnavailableError("away")

    arrivals = Arrivals(MemoryQueue(1 << 20, 1), Away(1, 1), FakeObserver())

    with pytest.raises(UnavailableError, match="away"):
        await arrivals.put(SEGMENTS)
