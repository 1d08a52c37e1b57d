"""Segments in, turns out, on a real spool: exactly once whatever dies when, and nothing let go of too early."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from config.errors import QueueFullError, TooLargeError, UnavailableError
from config.settings import SpoolSettings
from scorer import wire
from scorer.connection_table import job_of
from scorer.connections import FORGET_SECONDS, Connections
from scorer.model import CaptureOutcome
from scorer.protocols import Job, Lease
from scorer.queue.spool import Spool
from scorer.wire import End
from tests.fakes.chat_segments import ID_TEXT, Chat, make_segment
from tests.fakes.clock import ManualClock
from tests.fakes.copies import STARTED_US
from tests.fakes.observer import FakeObserver
from tests.fakes.waiting import PROMPTLY_SECONDS, until

LIMIT = 1 << 20


class Taker:
    """Where turns go; may refuse."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.error: UnavailableError | None = None
        self.refusals = 0
        self.limit_bytes = LIMIT

    async def put(self, jobs: Sequence[Job]) -> None:
        if self.error is not None:
            self.refusals += 1
            raise self.error
        if any(len(job.payload) > self.limit_bytes for job in jobs):
            raise TooLargeError("too large")
        self.jobs += jobs

    def ids(self) -> list[str]:
        return [job.id for job in self.jobs]


class House:
    """A spool of segments, and whoever reads it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "segments.db"
        self.taker = Taker()
        self.observer = FakeObserver()
        self.clock = ManualClock(STARTED_US / 1_000_000)

    @asynccontextmanager
    async def reading(self, spool_class: type[Spool] = Spool) -> AsyncIterator[tuple[Spool, Connections]]:
        """Read until the block ends; the next block is another process as far as the file knows."""
        spool, stop = await spool_class.open(self.path, SpoolSettings(), self.clock), asyncio.Event()
        connections = Connections(spool, self.taker, self.observer, LIMIT, clock=self.clock, rng=random.Random(1))
        async with asyncio.TaskGroup() as group:
            running = group.create_task(connections.run(stop))
            try:
                yield spool, connections
            finally:
                stop.set()
                await asyncio.wait_for(running, PROMPTLY_SECONDS)
                await spool.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def jobs(*segments: wire.Exchange) -> list[Job]:
    return [job_of(wire.encode_exchange(segment)) for segment in segments]


async def depth(spool: Spool) -> int:
    return (await spool.stats()).depth


async def until_depth(spool: Spool, wanted: int) -> None:
    async with asyncio.timeout(PROMPTLY_SECONDS):
        while await depth(spool) != wanted:
            await asyncio.sleep(0.005)


async def test_turns_are_put_while_the_connection_is_open_and_one_row_stays_until_its_end(house: House) -> None:
    chat = Chat()
    async with house.reading() as (spool, _):
        await spool.put(
            jobs(make_segment(0, [chat.asks("Who?"), chat.answers("Any")]), make_segment(1, [chat.asks("A?")]))
        )
        await until(lambda: house.taker.ids() == [f"{ID_TEXT}.0.3"])
        await until_depth(spool, 1)
        await spool.put(jobs(make_segment(2, [chat.answers("B")], End.COMPLETE)))
        await until(lambda: house.taker.ids() == [f"{ID_TEXT}.0.3", f"{ID_TEXT}.1.1"])

        await until_depth(spool, 0)


async def test_another_process_goes_on_after_any_segment(house: House) -> None:
    chat = Chat()
    talk = [chat.asks("A?"), chat.answers("1"), chat.answers("2"), chat.asks("B?"), chat.answers("3")]

    for number, piece in enumerate(talk):
        async with house.reading() as (spool, _):
            await spool.put(jobs(make_segment(number, [piece])))
            await until(lambda: spool._writer.state.due_at != 0)  # it is leased: read, or about to be
    async with house.reading() as (spool, _):
        await spool.put(jobs(make_segment(len(talk), end=End.COMPLETE)))
        await until_depth(spool, 0)

    assert list(dict.fromkeys(house.taker.ids())) == [f"{ID_TEXT}.0.2", f"{ID_TEXT}.1.1"]
    by_id = {job.id: job.payload for job in house.taker.jobs}
    assert all(by_id[job.id] == job.payload for job in house.taker.jobs)


async def test_segments_stay_until_the_scoring_queue_has_taken_their_turn(house: House) -> None:
    chat = Chat()
    house.taker.error = QueueFullError("full")
    async with house.reading() as (spool, _):
        await spool.put(jobs(make_segment(0, [chat.asks("Who?"), chat.answers("Any")], End.COMPLETE)))
        await until(lambda: house.taker.refusals > 1)
        assert await depth(spool) == 1

    house.taker.error = None
    async with house.reading() as (spool, _):
        await until_depth(spool, 0)

    assert house.taker.ids() == [f"{ID_TEXT}.0.3"]


@pytest.mark.parametrize("end", [End.SILENT, End.COMPLETE])
async def test_process_that_dies_between_turn_and_row_is_followed_by_one_that_tells_the_same(
    house: House, end: End
) -> None:
    class Dying(Spool):
        async def ack(self, leases: Sequence[Lease]) -> None:
            if leases:
                raise UnavailableError("as good as dead")

        async def replace(self, leases: Sequence[Lease], job: Job, lease_seconds: float) -> Lease:
            raise UnavailableError("as good as dead")

    chat = Chat()
    async with house.reading(Dying) as (spool, _):
        await spool.put(jobs(make_segment(0, [chat.asks("Who?"), chat.answers("Any")]), make_segment(1, end=end)))
        await until(lambda: bool(house.taker.jobs))
    async with house.reading() as (spool, _):
        await until_depth(spool, 1 if end is End.SILENT else 0)

    first, second = house.taker.jobs
    assert first == second
    assert first.id == f"{ID_TEXT}.0.3"


async def test_turn_that_no_queue_can_hold_is_dropped_and_counted_and_the_others_are_not(house: House) -> None:
    chat = Chat()
    house.taker.limit_bytes = 1000
    pieces = [chat.asks("Who?"), chat.answers("x" * 1000), chat.asks("Why?"), chat.answers("So")]
    async with house.reading() as (spool, _):
        await spool.put(jobs(make_segment(0, pieces, End.COMPLETE)))
        await until_depth(spool, 0)

    assert house.taker.ids() == [f"{ID_TEXT}.1.2"]
    assert house.observer.captures == {CaptureOutcome.DROPPED: 1}


async def test_missing_segment_is_counted_and_tells_no_turn(house: House) -> None:
    chat = Chat()
    async with house.reading() as (spool, _):
        await spool.put(
            jobs(make_segment(0, [chat.asks("Who?"), chat.answers("Any")]), make_segment(2, end=End.SILENT))
        )
        await until(lambda: house.observer.captures[CaptureOutcome.UNREADABLE] == 1)
        await spool.put(jobs(make_segment(4, end=End.COMPLETE)))
        await until_depth(spool, 0)

    assert house.taker.jobs == []
    assert house.observer.captures == {CaptureOutcome.UNREADABLE: 1}


async def test_turns_that_are_no_chat_by_their_look_are_counted_and_make_no_work(house: House) -> None:
    chat = Chat()
    pieces = [piece for _ in range(3) for piece in (chat.asks("ping"), chat.answers("pong"))]
    async with house.reading() as (spool, _):
        await spool.put(jobs(make_segment(0, pieces, End.COMPLETE)))
        await until_depth(spool, 0)

    assert house.taker.jobs == []
    assert house.observer.captures == {CaptureOutcome.NOT_CHAT: 3}


async def test_disk_that_refuses_is_asked_again(house: House) -> None:
    refusals = [UnavailableError("a bad moment")] * 3

    class Failing(Spool):
        async def lease(self, limit: int, lease_seconds: float) -> list[Lease]:
            if refusals:
                raise refusals.pop()
            return await super().lease(limit, lease_seconds)

    chat = Chat()
    async with house.reading(Failing) as (spool, _):
        await spool.put(jobs(make_segment(0, [chat.asks("Who?"), chat.answers("Any")], End.COMPLETE)))
        await until_depth(spool, 0)

    assert (refusals, house.taker.ids()) == ([], [f"{ID_TEXT}.0.3"])


async def test_connections_of_a_proxy_that_died_end_when_its_successor_speaks(house: House) -> None:
    chat = Chat()
    async with house.reading() as (spool, connections):
        connections.proxy_started(STARTED_US)
        await spool.put(jobs(make_segment(0, [chat.asks("Who?"), chat.answers("Any")])))
        await until(lambda: spool._writer.state.due_at != 0)
    async with house.reading() as (spool, connections):
        connections.proxy_started(STARTED_US + 1)
        await until_depth(spool, 0)

    assert house.taker.ids() == [f"{ID_TEXT}.0.3"]
    assert wire.decode_exchange(house.taker.jobs[0].payload).end is End.UPSTREAM_RESET


async def test_connection_of_which_nothing_is_heard_for_a_day_is_forgotten(house: House) -> None:
    async with house.reading() as (spool, _):
        await spool.put(jobs(make_segment(0, [Chat().asks("Who?")])))
        await until(lambda: spool._writer.state.due_at != 0)
    house.clock.advance(FORGET_SECONDS + 10)

    async with house.reading() as (spool, _):
        await until_depth(spool, 0)

    assert house.taker.jobs == []
