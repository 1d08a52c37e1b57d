"""The evaluator: pushed exchanges, ahead of the backlog, finished whatever the caller does."""

import asyncio
from datetime import UTC, datetime

import pytest

from config.errors import InvalidInputError, QueueFullError, RedactionError, ScoringError, StoreUnavailableError
from scorer.evaluator import LocalEvaluator
from scorer.model import Capture, CaptureOutcome, Exchange, Unscored
from scorer.protocols import JobKind
from scorer.queue.memory import MemoryQueue
from tests.fakes.evaluations import make_evaluation
from tests.fakes.scorer import FakeScorer
from tests.fakes.sink import FakeSink
from tests.fakes.waiting import until


class Bench:
    """An evaluator with everything around it."""

    def __init__(self, limit_bytes: int = 1 << 20) -> None:
        self.queue = MemoryQueue(limit_bytes, 10)
        self.pool = FakeScorer()
        self.sink = FakeSink()
        self.evaluator = LocalEvaluator(self.queue, self.pool, self.sink)


def make_exchange(submission_id: str = "submission", query: str = "What is the fee?") -> Exchange:
    return Exchange(
        session_id="session",
        submission_id=submission_id,
        service_id="desk",
        query=query,
        response="Ten rupees.",
        capture=Capture(format="evaluate"),
        timestamp=datetime(2026, 11, 24, tzinfo=UTC),
    )


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_evaluate_scores_urgently_saves_and_publishes(bench: Bench) -> None:
    evaluation = await bench.evaluator.evaluate(make_exchange())

    assert bench.pool.calls == [("submission", True)]
    assert bench.sink.saved == {"submission": evaluation}
    assert [saved.evaluation for saved in bench.sink.published] == [evaluation]


async def test_the_same_submission_again_is_not_published_again(bench: Bench) -> None:
    first = await bench.evaluator.evaluate(make_exchange())

    second = await bench.evaluator.evaluate(make_exchange())

    assert second == first
    assert len(bench.sink.published) == 1


async def test_a_scoring_error_is_tried_once_more(bench: Bench) -> None:
    bench.pool.answer("submission", [ScoringError("the scoring process died"), make_evaluation(7)])

    evaluation = await bench.evaluator.evaluate(make_exchange())

    assert evaluation == make_evaluation(7)
    assert bench.pool.calls == [("submission", True)] * 2


async def test_a_second_scoring_error_is_the_callers(bench: Bench) -> None:
    bench.pool.answer("submission", [ScoringError("the scoring process died")])

    with pytest.raises(ScoringError):
        await bench.evaluator.evaluate(make_exchange())

    assert len(bench.pool.calls) == 2
    assert bench.sink.attempts == 0


async def test_an_input_fault_is_not_tried_again(bench: Bench) -> None:
    bench.pool.answer("submission", [InvalidInputError("unknown preset 'x'", "preset")])

    with pytest.raises(InvalidInputError):
        await bench.evaluator.evaluate(make_exchange())

    assert len(bench.pool.calls) == 1


async def test_an_unscored_result_is_a_scoring_error(bench: Bench) -> None:
    unscored = Unscored(session_id="session", service_id="desk", outcome=CaptureOutcome.NO_TEXT, reason="empty")
    bench.pool.answer("submission", [unscored])

    with pytest.raises(ScoringError, match="no_text"):
        await bench.evaluator.evaluate(make_exchange())


async def test_an_absent_store_is_told_to_the_caller(bench: Bench) -> None:
    bench.sink.error = StoreUnavailableError("no server")

    with pytest.raises(StoreUnavailableError):
        await bench.evaluator.evaluate(make_exchange())


async def test_what_could_not_be_redacted_is_not_tried_again(bench: Bench) -> None:
    bench.pool.answer("submission", [RedactionError("redaction failed")])

    with pytest.raises(RedactionError):
        await bench.evaluator.evaluate(make_exchange())

    assert len(bench.pool.calls) == 1
    assert bench.sink.attempts == 0


async def test_a_cancelled_evaluate_is_still_saved_and_published(bench: Bench) -> None:
    bench.pool.hold()
    caller = asyncio.ensure_future(bench.evaluator.evaluate(make_exchange()))
    await until(lambda: len(bench.pool.calls) == 1)

    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    bench.pool.let_go()

    await until(lambda: len(bench.sink.published) == 1)


async def test_a_failure_after_the_caller_left_is_quiet(bench: Bench) -> None:
    bench.pool.hold()
    bench.pool.answer("submission", [InvalidInputError("unknown preset 'x'", "preset")])
    caller = asyncio.ensure_future(bench.evaluator.evaluate(make_exchange()))
    await until(lambda: len(bench.pool.calls) == 1)
    caller.cancel()
    bench.pool.let_go()

    await bench.evaluator.close()  # pytest turns an exception that nobody retrieved into a failure

    assert bench.sink.attempts == 0


async def test_close_lets_an_evaluation_finish(bench: Bench) -> None:
    bench.sink.hold()
    caller = asyncio.ensure_future(bench.evaluator.evaluate(make_exchange()))
    await until(lambda: bench.sink.saving == 1)

    closing = asyncio.ensure_future(bench.evaluator.close())
    await asyncio.sleep(0)
    bench.sink.let_go()
    await closing

    assert (await caller).session_id == bench.sink.saved["submission"].session_id


async def test_enqueue_makes_the_exchange_a_job(bench: Bench) -> None:
    exchange = make_exchange()

    await bench.evaluator.enqueue(exchange)

    (lease,) = await bench.queue.lease(9, 60)
    assert (lease.job.id, lease.job.kind) == ("submission", JobKind.EVALUATE)
    assert Exchange.model_validate_json(lease.job.payload) == exchange
    assert bench.pool.calls == []


async def test_enqueue_into_a_full_queue_is_refused() -> None:
    bench = Bench(limit_bytes=1200)
    await bench.evaluator.enqueue(make_exchange("first"))

    with pytest.raises(QueueFullError):
        await bench.evaluator.enqueue(make_exchange("second", query="q" * 100))


async def test_text_that_is_not_unicode_is_the_clients_fault(bench: Bench) -> None:
    with pytest.raises(InvalidInputError, match="surrogate"):
        await bench.evaluator.evaluate(make_exchange(query="\ud800"))
