"""The worker: one job from the queue through the pool into the sink, and what becomes of one that fails."""

import pytest

from config.errors import InvalidInputError, RedactionError, ScoringError, TooLargeError
from scorer import wire
from scorer.model import CaptureOutcome, Unscored
from scorer.protocols import Job, JobKind, JobOutcome
from scorer.worker import LOST_DELIVERIES
from tests.fakes.evaluations import make_evaluation
from tests.fakes.working_engine import ATTEMPTS, WorkingEngine


@pytest.fixture
def engine() -> WorkingEngine:
    return WorkingEngine()


async def test_a_job_is_scored_saved_published_and_acked(engine: WorkingEngine) -> None:
    async with engine.working():
        await engine.put("a")
        await engine.counted(JobOutcome.SCORED)

    assert list(engine.sink.saved) == ["a"]
    assert [saved.evaluation.session_id for saved in engine.sink.published] == ["a"]
    assert engine.queue.saved_before_ack == [True]
    assert await engine.depth() == 0


async def test_jobs_that_waited_before_the_start_are_scored(engine: WorkingEngine) -> None:
    await engine.put("a", "b", "c")

    async with engine.working():
        await engine.counted(JobOutcome.SCORED, 3)

    assert engine.pool.calls == [("a", False), ("b", False), ("c", False)]


async def test_a_scored_proxied_exchange_is_counted_as_captured(engine: WorkingEngine) -> None:
    async with engine.working():
        await engine.put("proxied", kind=JobKind.EXCHANGE)
        await engine.put("pushed", kind=JobKind.EVALUATE)
        await engine.counted(JobOutcome.SCORED, 2)

    assert engine.observer.captures == {CaptureOutcome.SCORED: 1}


async def test_a_submission_that_was_saved_before_is_neither_published_nor_captured(engine: WorkingEngine) -> None:
    async with engine.working():
        await engine.put("a", kind=JobKind.EXCHANGE)
        await engine.counted(JobOutcome.SCORED)
        await engine.put("a", kind=JobKind.EXCHANGE)
        await engine.counted(JobOutcome.DUPLICATE)

    assert len(engine.sink.published) == 1
    assert engine.observer.captures == {CaptureOutcome.SCORED: 1}
    assert await engine.depth() == 0


async def test_an_exchange_that_is_no_answer_is_counted_and_acked(engine: WorkingEngine) -> None:
    unscored = Unscored(session_id="a", service_id="s", outcome=CaptureOutcome.NOT_CHAT, reason="a page")
    engine.pool.answer("a", [unscored])

    async with engine.working():
        await engine.put("a", kind=JobKind.EXCHANGE)
        await engine.counted(JobOutcome.UNSCORED)

    assert engine.observer.captures == {CaptureOutcome.NOT_CHAT: 1}
    assert engine.sink.attempts == 0
    assert await engine.depth() == 0


async def test_a_failed_delivery_is_tried_again(engine: WorkingEngine) -> None:
    engine.pool.answer("a", [ScoringError("the scoring process died"), make_evaluation(1)])

    async with engine.working():
        await engine.put("a")
        await engine.counted(JobOutcome.SCORED)

    assert engine.observer.jobs == {JobOutcome.RETRIED: 1, JobOutcome.SCORED: 1}


async def test_a_poisonous_job_is_a_dead_letter_after_exactly_its_attempts(engine: WorkingEngine) -> None:
    engine.pool.answer("poison", [ScoringError("the scorer failed: ValueError")])

    async with engine.working():
        await engine.put("poison", "good")
        await engine.counted(JobOutcome.DEAD)
        await engine.counted(JobOutcome.SCORED)

    assert engine.pool.calls.count(("poison", False)) == ATTEMPTS
    (letter,) = await engine.queue.dead_letters()
    assert (letter.job.id, letter.reason) == ("poison", "the scorer failed: ValueError")
    assert await engine.depth() == 0


@pytest.mark.parametrize("error", [InvalidInputError("unknown preset 'x'", "preset"), TooLargeError("16 MiB")])
async def test_an_input_that_can_never_be_scored_is_buried_at_once(engine: WorkingEngine, error: Exception) -> None:
    engine.pool.answer("a", [error])

    async with engine.working():
        await engine.put("a")
        await engine.counted(JobOutcome.DEAD)

    assert len(engine.pool.calls) == 1
    (letter,) = await engine.queue.dead_letters()
    assert str(error) in letter.reason


async def test_a_defect_in_the_sink_costs_its_job_and_not_the_worker(engine: WorkingEngine) -> None:
    engine.sink.error = ZeroDivisionError()

    async with engine.working():
        await engine.put("a")
        await engine.counted(JobOutcome.DEAD)
        engine.sink.error = None
        await engine.put("b")
        await engine.counted(JobOutcome.SCORED)

    (letter,) = await engine.queue.dead_letters()
    assert letter.reason.startswith("ZeroDivisionError at sink.py:")


async def test_a_newer_layout_is_put_back_for_whoever_can_read_it(engine: WorkingEngine) -> None:
    newer = (wire.PROTOCOL_VERSION + 1).to_bytes(2) + b"whatever"

    async with engine.working():
        await engine.queue.put([Job("newer", JobKind.EXCHANGE, newer)])
        await engine.counted(JobOutcome.POSTPONED)

    assert engine.pool.calls == []
    assert engine.queue.released_seconds[0] > 1
    assert await engine.depth() == 1


async def test_bytes_that_are_no_exchange_are_unreadable_dead_letters(engine: WorkingEngine) -> None:
    async with engine.working():
        await engine.queue.put([Job("short", JobKind.EXCHANGE, b"\x00")])
        await engine.counted(JobOutcome.DEAD)

    assert engine.observer.captures == {CaptureOutcome.UNREADABLE: 1}


async def test_a_job_that_outlived_too_many_engines_is_buried_unscored(engine: WorkingEngine) -> None:
    await engine.put("killer")
    for _ in range(ATTEMPTS + LOST_DELIVERIES):
        await engine.queue.lease(1, lease_seconds=0)

    async with engine.working():
        await engine.counted(JobOutcome.DEAD)

    assert engine.pool.calls == []


async def test_a_job_that_outlived_one_engine_is_scored(engine: WorkingEngine) -> None:
    await engine.put("innocent")
    for _ in range(ATTEMPTS + LOST_DELIVERIES - 1):
        await engine.queue.lease(1, lease_seconds=0)

    async with engine.working():
        await engine.counted(JobOutcome.SCORED)

    assert list(engine.sink.saved) == ["innocent"]


async def test_an_evaluation_that_could_not_be_redacted_is_a_dead_letter_at_once_and_never_saved(
    engine: WorkingEngine,
) -> None:
    engine.pool.answer("a", [RedactionError("redaction failed: X at y.py:1")])

    async with engine.working():
        await engine.put("a")
        await engine.counted(JobOutcome.REFUSED)

    assert len(engine.pool.calls) == 1
    assert engine.sink.saved == {}
    assert [letter.reason for letter in await engine.queue.dead_letters()] == ["redaction failed: X at y.py:1"]
    assert await engine.depth() == 0
