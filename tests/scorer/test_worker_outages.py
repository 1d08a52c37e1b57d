"""The worker among parts that are away, slow or ending: the store, the queue's disk, the process itself."""

import pytest

from config.errors import StoreUnavailableError, UnavailableError
from scorer.protocols import JobOutcome
from tests.fakes.clock import ManualClock
from tests.fakes.waiting import until
from tests.fakes.working_engine import WorkingEngine


@pytest.fixture
def engine() -> WorkingEngine:
    return WorkingEngine()


async def test_while_the_store_is_away_nothing_is_lost_and_then_all_drains(engine: WorkingEngine) -> None:
    ids = [f"job-{number}" for number in range(20)]
    engine.sink.error = StoreUnavailableError("no server")

    async with engine.working() as worker:
        await engine.put(*ids)
        await until(lambda: engine.sink.attempts >= 12)
        depth, was_away = await engine.depth(), worker.is_store_away
        engine.sink.error = None
        await engine.counted(JobOutcome.SCORED, len(ids))
        is_away = worker.is_store_away

    assert (depth, was_away, is_away) == (len(ids), True, False)
    assert set(engine.sink.saved) == set(ids)
    assert await engine.queue.dead_letters() == []
    assert engine.observer.jobs[JobOutcome.RETRIED] == 0


async def test_while_the_store_is_away_one_job_at_a_time_asks_for_it(engine: WorkingEngine) -> None:
    engine.sink.error = StoreUnavailableError("no server")

    async with engine.working() as worker:
        await engine.put(*(f"job-{number}" for number in range(20)))
        await until(lambda: worker.is_store_away and engine.sink.saving == 0)
        engine.queue.most_leased = 0
        seen = engine.sink.attempts
        await until(lambda: engine.sink.attempts >= seen + 4)
        most_leased = engine.queue.most_leased
        engine.sink.error = None

    assert most_leased == 1


async def test_an_ack_that_fails_delivers_again_and_keeps_one_result(engine: WorkingEngine) -> None:
    engine.queue.ack_error = UnavailableError("the disk is gone")

    async with engine.working():
        await engine.put("a")
        await engine.counted(JobOutcome.POSTPONED)
        engine.queue.ack_error = None
        await engine.counted(JobOutcome.DUPLICATE)

    assert len(engine.sink.published) == 1
    assert await engine.depth() == 0


async def test_several_saves_run_at_the_same_time(engine: WorkingEngine) -> None:
    engine.sink.hold()

    async with engine.working():
        await engine.put(*(f"job-{number}" for number in range(6)))
        await until(lambda: engine.sink.saving == 6)
        engine.sink.let_go()
        await engine.counted(JobOutcome.SCORED, 6)


async def test_no_more_jobs_are_in_hand_than_the_width(engine: WorkingEngine) -> None:
    engine.sink.hold()

    async with engine.working(width=3):
        await engine.put(*(f"job-{number}" for number in range(10)))
        await until(lambda: engine.sink.saving == 3)
        in_hand = len(engine.pool.calls)
        engine.sink.let_go()
        await engine.counted(JobOutcome.SCORED, 10)

    assert in_hand == 3


async def test_leases_are_extended_while_a_job_runs() -> None:
    engine = WorkingEngine(ManualClock())  # so that a slow machine lets no lease run out
    engine.pool.hold()

    async with engine.working(lease_seconds=0.03):
        await engine.put("slow")
        await until(lambda: engine.queue.extended.count("slow") >= 5)
        engine.pool.let_go()
        await engine.counted(JobOutcome.SCORED)

    assert engine.pool.calls == [("slow", False)]


async def test_at_the_stop_running_jobs_finish_and_the_rest_stays(engine: WorkingEngine) -> None:
    engine.sink.hold()

    async with engine.working(width=2):
        await engine.put("a", "b", "c")
        await until(lambda: engine.sink.saving == 2)
        engine.stop.set()
        engine.sink.let_go()

    assert set(engine.sink.saved) == {"a", "b"}
    assert await engine.depth() == 1


async def test_at_the_stop_a_job_that_does_not_finish_is_put_back_without_counting(engine: WorkingEngine) -> None:
    engine.pool.hold()

    async with engine.working(finish_seconds=0.05):
        await engine.put("a")
        await until(lambda: len(engine.pool.calls) == 1)

    (lease,) = await engine.queue.lease(1, 60)
    assert lease.attempt == 1
